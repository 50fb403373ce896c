// Rows of a table: the head of each column sorts them, and a field above a long table leaves those with all its words.
"use strict";
const order = new Intl.Collator("en", { numeric: true });
const filters = document.querySelector("form.filter input[name=q]"); // the server filters here, whatever the browser
for (const [number, table] of [...document.querySelectorAll('main table[role="table"]')].entries()) {
  const rows = [...table.tBodies[0].rows];
  if (rows.length > 2) sortable(table, rows);
  if (rows.length >= 15 && !filters) filterable(table, rows, number);
}

function sortable(table, rows) {
  const heads = [...table.tHead.rows[0].cells];
  for (const [column, head] of heads.entries()) {
    const button = document.createElement("button");
    button.type = "button";
    button.className = "sort";
    button.append(...head.childNodes);
    head.append(button);
    button.addEventListener("click", () => {
      const turned = head.getAttribute("aria-sort") === "ascending" ? -1 : 1;
      for (const one of heads) one.removeAttribute("aria-sort");
      head.setAttribute("aria-sort", turned > 0 ? "ascending" : "descending");
      const text = (row) => row.cells[column].textContent.trim();
      const compared = (one, other) => !text(one) - !text(other) || turned * order.compare(text(one), text(other));
      table.tBodies[0].append(...rows.sort(compared)); // what is empty stays at the end
    });
  }
}

function filterable(table, rows, number) {
  const line = document.createElement("p");
  const label = document.createElement("label");
  const field = document.createElement("input");
  const left = document.createElement("span");
  field.id = "rows-" + number;
  field.type = "search";
  label.htmlFor = field.id;
  label.textContent = "Rows with ";
  left.setAttribute("role", "status");
  field.addEventListener("input", () => {
    const words = field.value.toLowerCase().split(/\s+/).filter(Boolean);
    const kept = rows.filter((row) => words.every((word) => row.textContent.toLowerCase().includes(word)));
    for (const row of rows) row.hidden = !kept.includes(row);
    left.textContent = words.length ? " " + kept.length + " of " + rows.length : "";
  });
  line.append(label, field, left);
  table.parentElement.before(line);
}
