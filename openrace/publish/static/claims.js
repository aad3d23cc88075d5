// The filter of the ledger: a choice is kept in the address, so that a view can be shared.
document.addEventListener("DOMContentLoaded", () => {
  const form = document.querySelector(".claim-filter");
  if (!form) return;
  const said = form.querySelector("output");
  const fields = [...form.querySelectorAll("select")];

  const apply = () => {
    const wanted = Object.fromEntries(fields.map((f) => [f.name, f.value]));
    let shown = 0;
    document.querySelectorAll(".ledger .topic").forEach((topic) => {
      topic.querySelectorAll(".test").forEach((test) => {
        const fits = (!wanted.topic || topic.dataset.topic === wanted.topic)
          && (!wanted.verdict || test.dataset.verdict === wanted.verdict);
        test.querySelectorAll("[data-speaker]").forEach((claim) => {
          claim.hidden = !fits || Boolean(wanted.speaker && claim.dataset.speaker !== wanted.speaker);
          shown += claim.hidden ? 0 : 1;
        });
        test.hidden = !test.querySelector("[data-speaker]:not([hidden])");
      });
      topic.hidden = !topic.querySelector(".test:not([hidden])");
    });
    said.textContent = `${shown} ${shown === 1 ? "claim" : "claims"}`;
  };

  const read = () => {
    const asked = new URLSearchParams(location.search);
    fields.forEach((f) => {
      f.value = asked.get(f.name) ?? "";
      if (f.selectedIndex < 0) f.value = "";
    });
    apply();
  };

  form.addEventListener("change", () => {
    const chosen = new URLSearchParams(fields.filter((f) => f.value).map((f) => [f.name, f.value]));
    const query = chosen.toString() ? `?${chosen}` : "";
    history.replaceState(null, "", `${location.pathname}${query}${location.hash}`);
    apply();
  });
  form.addEventListener("submit", (event) => event.preventDefault());
  // A link to one claim shows it whatever was filtered.
  window.addEventListener("hashchange", () => {
    const target = document.getElementById(decodeURIComponent(location.hash.slice(1)));
    if (!target?.closest(".ledger") || target.offsetParent !== null) return;
    form.reset();
    apply();
    history.replaceState(null, "", `${location.pathname}${location.hash}`);
    target.scrollIntoView();
  });
  form.hidden = false;
  read();
});
