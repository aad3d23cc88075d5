// An explored figure: its controls, its values, and what is chosen in the address.
// Loaded together with Vega, by explore.js.
(() => {
  const SETTLED = 250; // milliseconds without a move; browsers limit how often an address changes
  const DAY = 86399999;

  const element = (name, properties = {}, ...children) => {
    const made = Object.assign(document.createElement(name), properties);
    made.append(...children);
    return made;
  };

  // Controls: the text of each is what stands in the address, and what it takes from there.

  const choice = ({ name, label, options }) => {
    const shown = options.map((value) => element("option", { value, textContent: value }));
    const input = element("select", {}, element("option", { value: "", textContent: "all" }), ...shown);
    const take = (text) => {
      input.value = text;
      if (input.selectedIndex < 0) input.value = "";
    };
    return { name, label, input, rest: "", take, text: () => input.value, signal: () => input.value, follows: true };
  };

  const day = (name, label, { first, last }, signal) => {
    const input = element("input", { type: "date", min: first, max: last });
    const take = (text) => {
      input.value = text; // the browser empties it unless it is a day
      if (!input.checkValidity()) input.value = "";
    };
    const chosen = () => (input.checkValidity() ? input.value : "");
    return { name, label, input, rest: "", take, text: chosen, signal: () => (chosen() ? signal(chosen()) : null) };
  };

  const window_ = (offer) => {
    const from = day("from", "From", offer, (text) => new Date(`${text}T00:00`).getTime());
    const to = day("to", "To", offer, (text) => new Date(`${text}T00:00`).getTime() + DAY);
    // the end that was not moved gives way
    from.input.addEventListener("input", () => {
      if (to.text() && to.text() < from.text()) to.input.value = from.text();
    });
    to.input.addEventListener("input", () => {
      if (to.text() && to.text() < from.text()) from.input.value = to.text();
    });
    return [from, to];
  };

  const scale = ({ value }) => {
    const input = element("input", { type: "checkbox", defaultChecked: value });
    const rest = value ? "1" : "0";
    const take = (text) => { input.checked = text === "1"; };
    const text = () => (input.checked ? "1" : "0");
    return { name: "log", label: "Log scale", input, rest, take, text, signal: () => input.checked };
  };

  const slider = ({ name, label, value, min, max, step }) => {
    const input = element("input", { type: "range", min, max, step, defaultValue: value });
    const rest = input.value;
    const take = (text) => { input.value = text.trim() && Number.isFinite(Number(text)) ? text : rest; };
    return { name, label, input, rest, take, text: () => input.value, signal: () => Number(input.value), tells: true };
  };

  const makers = { follow: choice, window: window_, log: scale, range: slider };

  const labelled = ({ name, label, input, tells }) => {
    input.name = name;
    const said = element("span", { textContent: label });
    if (!tells) return element("label", { className: input.type }, said, input);
    const output = element("output");
    input.told = () => { output.textContent = Number(input.value).toLocaleString("en"); };
    return element("label", { className: input.type }, said, input, output);
  };

  // Values: what a pointer, a finger or a key finds at a mark.

  const none = ["", "null", "undefined", "NaN"]; // as Vega writes what a row does not have
  const entries = (told) => (told instanceof Object ? Object.entries(told) : [["", told]])
    .filter(([, value]) => !none.includes(String(value)));
  const sentence = (told) => entries(told).map(([k, v]) => (k ? `${k}: ${v}` : `${v}`)).join("; ");

  const note = () => {
    const shown = document.querySelector(".figure-values") ?? element("div", { className: "figure-values" });
    document.body.append(shown);
    const hide = () => shown.classList.remove("visible");
    document.addEventListener("keydown", (event) => { if (event.key === "Escape") hide(); });
    return (_, event, item, told) => {
      if (told === null || told === undefined || told === "") return hide();
      shown.replaceChildren(element("dl", {}, ...entries(told).flatMap(([k, v]) =>
        [element("dt", { textContent: k }), element("dd", { textContent: v })])));
      shown.classList.add("visible");
      const at = event.touches?.[0] ?? event;
      const { width, height } = shown.getBoundingClientRect();
      shown.style.left = `${Math.max(0, Math.min(at.clientX + 12, window.innerWidth - width - 4))}px`;
      const under = at.clientY + 16;
      shown.style.top = `${under + height < window.innerHeight ? under : Math.max(0, at.clientY - height - 12)}px`;
    };
  };

  // The marks that tell values, panel by panel, from left to right.
  const marks = (view, fields) => {
    const followed = fields.filter((f) => f.follows && f.text());
    const pale = (row) => followed.some((f) => row?.[f.name] && row[f.name] !== f.text());
    const found = new Map();
    let panel = 0;
    const walk = (mark, dx, dy, group) => {
      for (const item of mark.items) {
        if (mark.marktype === "group") {
          panel += 1;
          item.items.forEach((inner) => walk(inner, dx + (item.x ?? 0), dy + (item.y ?? 0), item));
        } else if (item.tooltip && !pale(item.datum)) {
          const drawn = ["line", "area"].includes(mark.marktype);
          const x = drawn ? item.x : (item.bounds.x1 + item.bounds.x2) / 2;
          const y = drawn ? item.y : (item.bounds.y1 + item.bounds.y2) / 2;
          const text = sentence(item.tooltip);
          const cut = mark.clip && (x < 0 || x > group.width);
          if (!cut && !found.has(text)) found.set(text, { text, panel, x: dx + x, y: dy + y });
        }
      }
    };
    walk(view.scenegraph().root, 0, 0, null);
    return [...found.values()].sort((a, b) =>
      a.panel - b.panel || Math.round(a.x) - Math.round(b.x) || a.y - b.y);
  };

  // A slider through all values: by arrow keys, by finger, and read out at each step.
  const stepper = (view, stage, fields) => {
    const input = element("input", { type: "range", min: 0, step: 1, defaultValue: 0 });
    const said = element("p", { className: "reading" });
    const ring = element("div", { className: "ring", hidden: true });
    stage.append(ring);
    let found = [];
    const point = ({ x, y }) => {
      const { a, e, f } = stage.querySelector("svg > g").getCTM(); // shrunk to the page, and moved
      ring.style.left = `${a * x + e}px`;
      ring.style.top = `${a * y + f}px`;
    };
    const tell = () => {
      const at = found[input.value - 1];
      const text = at ? `${input.value} of ${found.length}. ${at.text}` : `${found.length} values`;
      said.textContent = at ? text : "";
      input.setAttribute("aria-valuetext", text);
      ring.hidden = !at;
      if (at) point(at);
    };
    const renew = () => {
      found = marks(view, fields);
      Object.assign(input, { max: found.length, value: 0 });
      tell();
    };
    input.addEventListener("input", tell);
    const label = element("label", { className: "range steps" }, element("span", { textContent: "Values, one by one" }), input);
    return { nodes: [label, said], renew };
  };

  const copied = async (button, link) => {
    try {
      await navigator.clipboard.writeText(link);
      button.textContent = "Link copied";
    } catch { // no permission, or a page that is not served safely: it stands in the address
      history.replaceState(null, "", link);
      button.textContent = "The link is in the address bar";
    }
    setTimeout(() => { button.textContent = "Copy link to this view"; }, 3000);
  };

  const started = async (stage, spec) => {
    const tooltip = note();
    // The interpreter (ast) keeps working under a policy that forbids eval.
    const { view } = await window.vegaEmbed(stage, spec, {
      ast: true, actions: false, renderer: "svg", mode: "vega-lite", defaultStyle: false, tooltip,
    });
    stage.querySelector("svg").setAttribute("aria-hidden", "true"); // the stage has the figure's name
    // a finger leaves a mark as soon as it is lifted, but it has clicked
    view.addEventListener("click", (event, item) => tooltip(null, event, item, item?.tooltip));
    return view;
  };

  // Draw a figure to be explored, and return what takes a choice from an address.
  window.openrace.exploring = async (figure, id, given, asked) => {
    const still = [...figure.querySelectorAll("svg.drawing")];
    const narrow = window.matchMedia("(max-width: 600px)").matches;
    const stage = element("div", { className: "exploring" });
    still[0].before(stage);
    const view = await started(stage, given[narrow ? "narrow" : "wide"]).catch((error) => {
      stage.remove();
      throw error;
    });
    stage.setAttribute("role", "img"); // now: Vega names what it draws into
    stage.setAttribute("aria-label", still[0].getAttribute("aria-label"));
    const fields = given.controls.flatMap((offer) => makers[offer.kind](offer));
    const steps = stepper(view, stage, fields);

    const state = () => {
      const moved = fields.filter((f) => f.text() !== f.rest).map((f) => [f.name, f.text()]);
      return `#${new URLSearchParams([["explore", id], ...moved])}`;
    };
    let waiting;
    const settle = () => {
      clearTimeout(waiting);
      waiting = setTimeout(() => history.replaceState(null, "", state()), SETTLED);
    };
    const draw = async () => {
      fields.forEach((f) => { view.signal(f.name, f.signal()); f.input.told?.(); });
      await view.resize().runAsync(); // labels of another window need another room
      steps.renew();
    };
    const moved = () => { draw(); settle(); };

    const link = element("button", { type: "button", className: "link", textContent: "Copy link to this view" });
    link.addEventListener("click", () => copied(link, location.href.replace(/#.*$/, "") + state()));
    const buttons = [...(fields.length ? [element("button", { type: "reset", textContent: "Reset" })] : []), link];
    const form = element("form", { className: "controls" }, ...fields.map(labelled), ...buttons);
    form.addEventListener("input", moved);
    form.addEventListener("reset", () => setTimeout(moved));
    form.addEventListener("submit", (event) => event.preventDefault());
    stage.before(form);
    const hint = element("p", { className: "hint", textContent: "Point at or tap a mark for its values." });
    stage.after(hint, ...steps.nodes);
    still.forEach((svg) => { svg.hidden = true; svg.style.display = "none"; });

    const take = (wanted) => {
      fields.forEach((f) => f.take(wanted.get(f.name) ?? f.rest));
      return draw();
    };
    await take(asked);
    if (!asked.has("explore")) form.elements[0].focus({ preventScroll: true });
    return take;
  };
})();
