// Interaction on demand: nothing of Vega is loaded before a reader, or a link, asks for it.
(() => {
  const here = new URL(".", document.currentScript.src).href; // also as part of a joined script
  const views = {};
  window.openrace = { view: (id, specs) => { views[id] = specs; } };

  const loaded = {};
  const load = (address) =>
    (loaded[address] ??= new Promise((resolve, reject) => {
      const script = document.createElement("script");
      script.src = address;
      script.onload = resolve;
      script.onerror = () => {
        delete loaded[address]; // so that it can be tried again
        reject(new Error(`${address} could not be loaded`));
      };
      document.head.append(script);
    }));

  window.openrace.load = load;

  const dress = () =>
    (loaded.sheet ??= new Promise((resolve) => {
      const sheet = document.createElement("link");
      Object.assign(sheet, { rel: "stylesheet", href: `${here}exploring.css`, onload: resolve, onerror: resolve });
      document.head.append(sheet);
    }));

  const explored = {};
  const explore = async (button, asked) => {
    button.disabled = true;
    button.textContent = "Loading …";
    try {
      const needed = [`${here}vega.js`, `${here}exploring.js`, button.dataset.view];
      await Promise.all([dress(), ...needed.map(load)]);
      const { figure } = button.dataset;
      explored[figure] = await window.openrace.exploring(button.closest("figure"), figure, views[figure], asked);
      button.hidden = true;
    } catch (error) {
      button.disabled = false;
      button.textContent = `Try again: ${error.message}`;
    }
  };

  // A link names a figure of this page and what was chosen; whatever else it says is not read.
  const open = () => {
    const asked = new URLSearchParams(location.hash.slice(1));
    const id = asked.get("explore");
    const button = [...document.querySelectorAll("button.explore")].find((b) => b.dataset.figure === id);
    if (!button) return;
    button.closest("figure").scrollIntoView();
    if (explored[id]) explored[id](asked);
    else if (!button.disabled) explore(button, asked);
  };

  const named = () => {
    try {
      return document.getElementById(decodeURIComponent(location.hash.slice(1)));
    } catch { // not an address that can be read
      return null;
    }
  };

  // A quoted number leads to its row, which lies in a folded table.
  const unfold = () => {
    const target = named();
    const folded = target?.closest("details") ?? target?.closest(".test")?.querySelector("details");
    if (folded) { folded.open = true; target.scrollIntoView({ block: "center" }); }
  };
  window.addEventListener("hashchange", () => { unfold(); open(); });

  document.addEventListener("DOMContentLoaded", () => {
    unfold();
    document.querySelectorAll("button.explore").forEach((button) => {
      button.hidden = false;
      button.addEventListener("click", () => explore(button, new URLSearchParams()));
    });
    open();
  });
})();
