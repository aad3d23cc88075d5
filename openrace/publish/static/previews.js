// The index of the book's things, a script for each kind; and what a link leads to, shown beside it
// on hover and focus. Without this script links are links.
(() => {
  const root = new URL("../", document.currentScript.src).href;
  const told = {};
  // As openrace/publish/find.py writes them: an id is what it shares with the one before it, and the rest.
  window.openrace.found = (kind, place, rows, words) => {
    let id = "";
    const entries = rows.map(([shared, rest, title, text, note, more]) => {
      id = id.slice(0, shared) + rest;
      return { id, title, text, note, more, address: root + place.replace("*", () => id) };
    });
    told[kind] = { entries, words };
  };
  window.openrace.index = async (kind) => {
    if (!told[kind]) await window.openrace.load(`${root}find/${kind}.js`);
    return told[kind];
  };
  if (!HTMLElement.prototype.showPopover || !matchMedia("(hover: hover)").matches) return;

  const LINKS = ".bd-article a[href]:not(.number, .headerlink)";
  const WAIT = 300; // milliseconds: time to pass over a link, or to reach its preview
  const FIGURE = /figures\/([^/]+)\/index\.html$/;

  const preview = document.createElement("div");
  const part = (tag, name) => {
    const element = Object.assign(document.createElement(tag), { className: name });
    preview.append(element);
    return element;
  };
  preview.id = "preview";
  preview.popover = "manual";
  preview.setAttribute("role", "tooltip");
  const [note, title, text] = ["note", "title", "text"].map((name) => part("p", name));
  const image = part("img", "");
  image.alt = ""; // the finding and the measure are said in words
  document.body.append(preview);

  // A claim, a figure by its page or its place in a chapter, or a section by any of its names.
  const lookup = async (link) => {
    const [page, anchor = ""] = link.href.split("#");
    if (!page.startsWith(root)) return null;
    const among = async (kind, fits) => (await window.openrace.index(kind)).entries.find(fits);
    if (anchor.startsWith("claim-")) return among("claims", (entry) => entry.address === link.href);
    const figure = page.match(FIGURE)?.[1] ?? anchor;
    const shown = figure && await among("figures", (entry) => entry.id === figure);
    if (shown) return { ...shown, image: `${root}figures/${figure}/${figure}.svg` };
    return among("pages", (entry) => entry.address === link.href.replace(/#$/, "")
      || (anchor && entry.address.split("#")[0] === page && entry.more.includes(anchor)));
  };

  const inView = (link) => {
    const here = link.hash && link.pathname === location.pathname;
    const target = here && document.getElementById(decodeURIComponent(link.hash.slice(1)));
    const seen = target && target.getBoundingClientRect();
    return seen && seen.top >= 0 && seen.top < window.innerHeight;
  };

  // Under the link, or above it where there is no room.
  const place = (link) => {
    const beside = [...link.getClientRects()].at(-1);
    const { width, height } = preview.getBoundingClientRect();
    const fits = beside.bottom + height + 4 <= window.innerHeight || beside.top < height + 4;
    const left = Math.min(beside.left, document.documentElement.clientWidth - width - 8);
    preview.style.left = `${Math.max(8, left) + window.scrollX}px`;
    preview.style.top = `${(fits ? beside.bottom + 4 : beside.top - height - 4) + window.scrollY}px`;
  };

  let shown = null;
  let timer = 0;
  const soon = (act) => { clearTimeout(timer); timer = setTimeout(act, WAIT); };
  const close = () => {
    clearTimeout(timer);
    timer = 0; // so that one whose index is still loading stays closed
    shown?.removeAttribute("aria-describedby");
    shown = null;
    preview.hidePopover();
  };

  const open = async (link) => {
    const asked = timer;
    const found = inView(link) ? null : await lookup(link).catch(() => null);
    if (asked !== timer) return; // the reader has gone on
    close();
    if (!found) return;
    [note, title, text].forEach((element) => { element.textContent = found[element.className]; });
    image.hidden = !found.image;
    if (found.image) image.src = found.image;
    preview.showPopover();
    place(link);
    link.setAttribute("aria-describedby", preview.id);
    shown = link;
  };

  document.querySelectorAll(LINKS).forEach((link) => {
    if (link.querySelector("img")) return; // in the gallery, which shows as much
    link.addEventListener("pointerenter", (event) => {
      if (event.pointerType === "mouse") soon(() => open(link));
    });
    link.addEventListener("focus", () => { if (link.matches(":focus-visible")) soon(() => open(link)); });
    ["pointerleave", "blur"].forEach((gone) => link.addEventListener(gone, () => soon(close)));
  });
  preview.addEventListener("pointerenter", () => clearTimeout(timer));
  preview.addEventListener("pointerleave", () => soon(close));
  document.addEventListener("keydown", (event) => { if (event.key === "Escape") close(); });
})();
