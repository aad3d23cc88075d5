// What tests/test_access.py asks within a page.
window.access = (() => {
  const all = (selector) => [...document.querySelectorAll(selector)];
  const seen = (element) => element.checkVisibility({ visibilityProperty: true });
  const told = (element) => `${element.outerHTML.replace(/\s+/g, " ").slice(0, 120)}`;
  const stop = (element) => [element.tagName, element.getAttribute("href") ?? element.id,
    (element.getAttribute("aria-label") ?? element.textContent).trim().slice(0, 60)].join(" ");
  const TAGS = ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22aa"];
  const COLOURS = ["color-contrast", "link-in-text-block"];
  const STOPS = "a[href], button, input, select, textarea, summary, [tabindex='0']";

  // Of elements that are alike, and lie within the same, two stay: axe takes minutes for all rows.
  const thin = (element, within, met) => {
    const attributes = element.getAttributeNames().join(" ");
    const path = `${within} > ${element.tagName}.${element.getAttribute("class")}[${attributes}]`;
    met.set(path, (met.get(path) ?? 0) + 1);
    const first = met.get(path) <= 2;
    const children = [...element.children];
    const held = children.filter((child) => thin(child, path, met));
    const whole = element.tagName === "DL" && held.length > 0; // a term goes with what it means
    if (!whole) children.filter((child) => !held.includes(child)).forEach((child) => child.remove());
    return first || held.length > 0;
  };

  const headings = () => {
    const found = all("main :is(h1, h2, h3, h4, h5, h6)").filter(seen);
    const levels = found.map((heading) => Number(heading.tagName[1]));
    const jumps = found.filter((_, i) => levels[i] > (levels[i - 1] ?? 0) + 1);
    const first = levels.filter((level) => level === 1).length;
    return [...jumps.map((heading) => `a level is left out before ${told(heading)}`),
      ...(first === 1 ? [] : [`there are ${first} headings of the first level`])];
  };

  const named = (element) => {
    const label = document.getElementById(element.getAttribute("aria-labelledby"));
    return (element.getAttribute("aria-label") ?? label?.textContent ?? "").trim();
  };

  const unmet = (selector, what, rule) =>
    all(selector).filter((element) => !rule(element)).map((element) => `${what}: ${told(element)}`);

  return {
    unfold: () => all("details").forEach((details) => { details.open = true; }),
    thin: () => {
      all("svg.drawing > *").forEach((part) => part.remove()); // test_browser.py looks at their words
      thin(document.body, "", new Map());
    },

    axe: async (coloursOnly, within = "html") => {
      const only = coloursOnly ? { type: "rule", values: COLOURS } : { type: "tag", values: TAGS };
      const options = { runOnly: only, resultTypes: ["violations"], preload: false };
      const { violations } = await window.axe.run(within, options);
      return violations.flatMap(({ id, nodes }) => nodes.map((node) =>
        `${id}: ${node.html.slice(0, 150)}: ${[...node.any, ...node.all, ...node.none].map((c) => c.message)}`));
    },

    structure: () => {
      const ids = all("[id]").map((element) => element.id);
      return [
        ...(document.documentElement.lang.startsWith("en") ? [] : ["no language"]),
        ...(all("main").length === 1 ? [] : ["not one main part"]),
        ...headings(),
        ...[...new Set(ids.filter((id, i) => ids.indexOf(id) !== i))].map((id) => `twice: ${id}`),
        ...unmet("nav", "no name", named),
        ...unmet(".scroll", "not reached by keyboard, or no name", (frame) =>
          frame.tabIndex === 0 && frame.getAttribute("role") === "region" && named(frame)),
        ...unmet("table", "no head", (table) => table.querySelector("th[scope=col], thead th")),
        ...unmet("table", "no name", (table) =>
          table.caption || table.closest("[role=region]") || table.closest("section")),
        ...unmet("figure", "no name", named),
        ...unmet("figure.openrace-figure", "not drawn once", (figure) =>
          [...figure.querySelectorAll("svg.drawing")].filter(seen).length === 1),
      ];
    },

    // https://www.w3.org/WAI/WCAG22/Understanding/text-spacing
    space: () => {
      const sheet = new CSSStyleSheet();
      sheet.replaceSync(`* { line-height: 1.5 !important; letter-spacing: 0.12em !important;
        word-spacing: 0.16em !important } p { margin-bottom: 2em !important }`);
      document.adoptedStyleSheets.push(sheet);
    },
    lost: () => {
      const cut = (element) => {
        const { overflowX, overflowY, clipPath } = getComputedStyle(element);
        const hides = (overflow) => ["hidden", "clip"].includes(overflow);
        return clipPath === "none" && element.clientWidth > 1
          && ((hides(overflowX) && element.scrollWidth > element.clientWidth + 1)
            || (hides(overflowY) && element.scrollHeight > element.clientHeight + 1));
      };
      const width = document.documentElement.scrollWidth;
      return [...(width > window.innerWidth ? [`scrolls sideways: ${width}`] : []),
        ...all("body *:not(svg, svg *)").filter((e) => cut(e) && seen(e)).map((e) => `cut off: ${told(e)}`)];
    },

    moving: () => all("*").filter((element) => {
      const style = getComputedStyle(element);
      return style.animationName !== "none" || style.scrollBehavior === "smooth"
        || style.transitionDuration.split(", ").some((time) => parseFloat(time) > 0);
    }).map(told),

    stops: () => all(STOPS).filter((e) => e.tabIndex === 0 && !e.disabled && seen(e)).map(stop),
    focused: () => {
      const element = document.activeElement;
      if (element === document.body) return null;
      const { left, top, right, bottom } = element.getClientRects()[0];
      const [x, y] = [[left, right], [top, bottom]].map(([low, high], i) =>
        [low + 2, (low + high) / 2, high - 2].map((at) => Math.min(Math.max(at, 0), (i ? innerHeight : innerWidth) - 1)));
      const clear = x.some((across) => y.some((down) =>
        element.contains(document.elementFromPoint(across, down))));
      return { told: stop(element), clear, ring: ring(element) };
    },
  };

  function ring(element) {
    const rgb = (text) => (text.match(/[\d.]+/g) ?? [0, 0, 0, 0]).map(Number);
    const linear = (c) => ((c /= 255) <= 0.04045 ? c / 12.92 : ((c + 0.055) / 1.055) ** 2.4);
    const light = ([r, g, b]) => 0.2126 * linear(r) + 0.7152 * linear(g) + 0.0722 * linear(b);
    let under = element.parentElement;
    while (under && (rgb(getComputedStyle(under).backgroundColor)[3] ?? 1) === 0) under = under.parentElement;
    const { outlineStyle, outlineWidth, outlineColor, opacity } = getComputedStyle(element);
    if (outlineStyle === "none" || parseFloat(outlineWidth) < 2 || Number(opacity) === 0) return 0;
    const paper = under ? getComputedStyle(under).backgroundColor : "rgb(255, 255, 255)";
    const [low, high] = [outlineColor, paper].map((c) => light(rgb(c))).sort((a, b) => a - b);
    return (high + 0.05) / (low + 0.05);
  }
})();
