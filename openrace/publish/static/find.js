// Search: every kind of thing in a group of its own. A query is kept in the address, so that it can
// be shared; the index is loaded with the first one.
(() => {
  const KINDS = { claims: "Claims", figures: "Figures", numbers: "Numbers", models: "Models and labs", pages: "Pages" };
  const FIRST = 5; // results of a kind before a reader asks for all
  const WEIGHTS = { title: 3, id: 2, note: 2, text: 1 };
  const form = document.querySelector("form.find");
  const [said, results] = [".find-said", ".find-results"].map((name) => document.querySelector(name));
  const field = form.elements.q;

  const make = (tag, className, text = "", attributes = {}) =>
    Object.assign(document.createElement(tag), { className, textContent: text }, attributes);
  // As openrace/publish/find.py folds them.
  const folded = (text) =>
    text.normalize("NFKD").replace(/\p{M}/gu, "").toLowerCase().match(/[\p{L}\p{N}]+/gu) ?? [];

  // For each word of a kind the places of its things, each with a weight.
  const learned = ({ entries, words }) => {
    const known = new Map();
    const learn = (word, place, weight) => {
      if (!known.has(word)) known.set(word, new Map());
      const places = known.get(word);
      places.set(place, Math.max(weight, places.get(place) ?? 0));
    };
    entries.forEach((entry, place) => {
      for (const part in WEIGHTS) folded(entry[part] ?? "").forEach((word) => learn(word, place, WEIGHTS[part]));
    });
    Object.entries(words).forEach(([word, places]) => places.forEach((place) => learn(word, place, 1)));
    return { entries, known };
  };

  let loading = null;
  const load = () => (loading ??= Promise.all(Object.keys(KINDS).map(async (kind) =>
    [kind, learned(await window.openrace.index(kind))])).then(Object.fromEntries));

  // How many letters to add, drop, change or swap: https://en.wikipedia.org/wiki/Damerau–Levenshtein_distance
  const distance = (one, other) => {
    const rows = [[...other, ""].map((_, j) => j)];
    for (let i = 1; i <= one.length; i += 1) {
      rows.push([i]);
      for (let j = 1; j <= other.length; j += 1) {
        const same = one[i - 1] === other[j - 1] ? 0 : 1;
        const swapped = i > 1 && j > 1 && one[i - 1] === other[j - 2] && one[i - 2] === other[j - 1];
        rows[i][j] = Math.min(rows[i - 1][j] + 1, rows[i][j - 1] + 1, rows[i - 1][j - 1] + same,
          swapped ? rows[i - 2][j - 2] + 1 : Infinity);
      }
    }
    return rows.at(-1).at(-1);
  };

  // A word that begins none of the book's is taken for the nearest one, if that is near.
  const meant = (word, vocabulary) => {
    if (word.length < 4 || vocabulary.some((known) => known.startsWith(word))) return word;
    const most = word.length < 8 ? 1 : 2;
    const near = vocabulary.filter((known) => Math.abs(known.length - word.length) <= most)
      .map((known) => [distance(word, known), known]).filter(([apart]) => apart <= most);
    return near.sort(([a], [b]) => a - b)[0]?.[1] ?? word;
  };

  // The things that have words which begin so, each with the best weight; a whole word counts twice.
  const having = (known, word) => {
    const found = new Map();
    for (const [other, places] of known) {
      if (!other.startsWith(word)) continue;
      for (const [place, weight] of places) {
        const counts = other === word ? 2 * weight : weight;
        found.set(place, Math.max(counts, found.get(place) ?? 0));
      }
    }
    return found;
  };

  // Things of a kind by how many of the words they have, then by weight, then in the book's order.
  const ranked = ({ entries, known }, words, least) => {
    const found = words.map((word) => having(known, word));
    return entries.map((entry, place) => {
      const weights = found.map((places) => places.get(place) ?? 0);
      return { entry, has: weights.filter(Boolean).length, weight: weights.reduce((a, b) => a + b, 0) };
    }).filter(({ has }) => has >= least).sort((a, b) => b.has - a.has || b.weight - a.weight)
      .map(({ entry }) => entry);
  };

  const result = (kind, entry, figures) => {
    const item = make("li", "");
    item.append(kind === "models" ? make("strong", "", entry.title) : make("a", "", entry.title, { href: entry.address }));
    const note = kind === "numbers" ? make("code", "", entry.id) : make("span", kind === "claims" ? `verdict ${entry.more}` : "note", entry.note);
    item.append(" ", note, make("p", "", entry.text));
    if (kind === "models") {
      const links = entry.more.map((place) => make("a", "", figures[place].note, { href: figures[place].address, title: figures[place].title }));
      item.lastChild.append("In ", ...links.flatMap((link) => [", ", link]).slice(1));
    }
    return item;
  };

  const group = (kind, entries, figures) => {
    const section = make("section", "");
    const list = make("ul", "");
    const items = entries.slice(0, FIRST).map((entry) => result(kind, entry, figures));
    list.append(...items);
    section.append(make("h2", "", `${KINDS[kind]} `), list);
    section.firstChild.append(make("small", "", `${entries.length}`));
    if (entries.length > FIRST) {
      const more = make("button", "", `Show all ${entries.length}`, { type: "button" });
      more.addEventListener("click", () => {
        list.append(...entries.slice(FIRST).map((entry) => result(kind, entry, figures)));
        more.remove();
        list.children[FIRST].querySelector("a").focus();
      });
      section.append(more);
    }
    return section;
  };

  const search = async () => {
    const query = field.value;
    let index;
    try {
      index = await load();
    } catch (error) {
      loading = null;
      said.textContent = `The index could not be read: ${error.message}.`;
      return;
    }
    if (query !== field.value) return; // the reader has typed on
    const vocabulary = Object.values(index).flatMap(({ known }) => [...known.keys()]);
    const asked = folded(query);
    const words = asked.map((word) => meant(word, vocabulary));
    const of = (least) => Object.keys(KINDS).map((kind) => [kind, ranked(index[kind], words, least)])
      .filter(([, entries]) => entries.length);
    const whole = words.length ? of(words.length) : [];
    const found = whole.length || words.length < 2 ? whole : of(1);
    const count = found.reduce((sum, [, entries]) => sum + entries.length, 0);
    const other = words.join(" ") === asked.join(" ") ? "" : ` for “${words.join(" ")}”`;
    const part = found === whole ? "" : ", none of which has all the words";
    said.textContent = words.length ? `${count || "No"} ${count === 1 ? "result" : "results"}${other}${part}.` : "";
    results.replaceChildren(...found.map(([kind, entries]) => group(kind, entries, index.figures.entries)));
    history.replaceState(null, "", `${location.pathname}${query ? `?${new URLSearchParams({ q: query })}` : ""}`);
  };

  form.addEventListener("submit", (event) => { event.preventDefault(); search(); });
  field.addEventListener("input", search);
  field.value = new URLSearchParams(location.search).get("q") ?? "";
  if (field.value) search();
  else field.focus();
})();
