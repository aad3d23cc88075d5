// A number in the prose opens a note. Without this script it is a link to its own page.
(() => {
  if (!HTMLElement.prototype.showPopover) return;
  const PAGE = /^(.*\/)([^/]+)\/index\.html$/;
  const told = {};
  window.openrace.notes = (notes) => { Object.assign(told, notes); };

  const make = (tag, attributes, text = "") => {
    const element = Object.assign(document.createElement(tag), attributes);
    element.textContent = text;
    return element;
  };
  const body = make("div");
  const page = make("a", { href: "" }, "The page of this number");
  const close = make("button", { type: "button", className: "close" }, "Close");
  const note = make("div", { id: "number-note", popover: "auto", tabIndex: -1 });
  note.setAttribute("role", "dialog");
  note.setAttribute("aria-labelledby", "number-note-value");
  note.setAttribute("aria-describedby", "number-note-definition");
  close.addEventListener("click", () => note.hidePopover());
  // The theme keeps the Escape key from doing what it does by itself.
  note.addEventListener("keydown", (event) => { if (event.key === "Escape") note.hidePopover(); });
  const foot = make("p", { className: "foot" });
  foot.append(page, close);
  note.append(body, foot);
  document.body.append(note);

  let opener = null;
  // Under its number, or above it where there is no room. A phone has it at its foot (book.css),
  // where it must not cover the number.
  const place = () => {
    const number = [...opener.getClientRects()].at(-1);
    const { width, height, top } = note.getBoundingClientRect();
    if (getComputedStyle(note).position === "fixed") {
      window.scrollBy(0, Math.max(0, number.bottom + 12 - top));
      return;
    }
    const under = number.bottom + 6;
    const fits = under + height <= window.innerHeight || number.top < height + 6;
    const left = Math.min(number.left, document.documentElement.clientWidth - width - 8);
    note.style.left = `${Math.max(8, left) + window.scrollX}px`;
    note.style.top = `${(fits ? under : number.top - height - 6) + window.scrollY}px`;
  };

  const open = async (link) => {
    const [, numbers, id] = link.href.match(PAGE);
    try {
      if (!told[id]) await window.openrace.load(`${numbers}notes/${id.split(".")[0]}.js`);
      body.innerHTML = told[id]; // our own template made it, with every text escaped
    } catch {
      location.assign(link.href);
      return;
    }
    page.href = link.href;
    opener = link;
    note.showPopover();
    note.scrollTop = 0;
    place();
    note.focus(); // not before: it would scroll to where the note was last
  };

  note.addEventListener("toggle", (event) => {
    const lost = document.activeElement === document.body;
    if (event.newState === "closed" && lost) opener.focus({ preventScroll: true });
  });

  // A click on the number of an open note is one outside the note, and only closes it.
  let closing = null;
  document.addEventListener("pointerdown", () => {
    closing = note.matches(":popover-open") ? opener : null;
  }, true);
  document.addEventListener("click", (event) => {
    const link = event.target.closest("a.number");
    if (!link || !PAGE.test(link.href) || event.ctrlKey || event.metaKey || event.shiftKey) return;
    event.preventDefault();
    if (link !== closing) open(link);
    closing = null;
  });
  document.querySelectorAll("a.number").forEach((link) => link.setAttribute("aria-haspopup", "dialog"));
})();
