// What covers the page closes when the focus leaves it, and Escape leads back to where it was.
document.addEventListener("DOMContentLoaded", () => {
  const leaves = (event) =>
    event.relatedTarget && !event.currentTarget.contains(event.relatedTarget);

  ["primary", "secondary"].forEach((side) => {
    const open = document.getElementById(`pst-${side}-sidebar-checkbox`);
    document.querySelector(`.bd-sidebar-${side}`)?.addEventListener("focusout", (event) => {
      if (leaves(event)) open.checked = false;
    });
  });

  const search = document.querySelector(".search-button__wrapper");
  let opener = null;
  search?.addEventListener("focusin", (event) => { opener = event.relatedTarget; });
  search?.addEventListener("focusout", (event) => {
    const closed = !search.classList.contains("show"); // by the theme, before it takes the focus away
    search.classList.remove("show");
    if (closed && !leaves(event)) opener?.focus();
  });
});
