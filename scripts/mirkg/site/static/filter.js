// A field above each long table that leaves only the rows with all of its words.
"use strict";
for (const [number, table] of [...document.querySelectorAll("main table")].entries()) {
  const rows = [...table.tBodies[0].rows];
  if (rows.length < 15) continue;
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
