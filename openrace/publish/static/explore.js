// Interaction on demand: nothing of Vega is loaded before a reader asks for it.
(() => {
  // On a first visit the theme knows no colour mode, takes "auto", and calls that an error.
  document.documentElement.dataset.mode ||= "auto";

  const here = document.currentScript.src.replace(/explore\.js.*$/, "");
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

  const draw = async (button) => {
    await Promise.all([load(`${here}vega.js`), load(button.dataset.view)]);
    const figure = button.closest("figure");
    const width = window.matchMedia("(max-width: 600px)").matches ? "narrow" : "wide";
    const stage = document.createElement("div");
    stage.className = "exploring";
    figure.querySelector("svg.drawing").before(stage);
    // The interpreter (ast) keeps working under a policy that forbids eval.
    await window.vegaEmbed(stage, views[button.dataset.figure][width], {
      ast: true, actions: false, renderer: "svg", mode: "vega-lite",
    });
    figure.querySelectorAll("svg.drawing").forEach((svg) => { svg.hidden = true; svg.style.display = "none"; });
  };

  const explore = async (button) => {
    button.disabled = true;
    button.textContent = "Loading …";
    try {
      await draw(button);
      const movable = button.closest("figure").querySelector(".vega-bind");
      button.textContent = `${movable ? "Move a slider, or point" : "Point"} at or tap a mark for its values`;
    } catch (error) {
      button.disabled = false;
      button.textContent = `Try again: ${error.message}`;
    }
  };

  // A quoted number leads to its row, which lies in a folded table.
  const unfold = () => {
    const target = document.getElementById(decodeURIComponent(location.hash.slice(1)));
    const folded = target?.closest("details");
    if (folded) { folded.open = true; target.scrollIntoView({ block: "center" }); }
  };
  window.addEventListener("hashchange", unfold);

  document.addEventListener("DOMContentLoaded", () => {
    unfold();
    document.querySelectorAll("button.explore").forEach((button) => {
      button.hidden = false;
      button.addEventListener("click", () => explore(button));
    });
  });
})();
