"use strict";
/* Sorting and filtering of the evidence table. Without this script everything is there to read. */
(function () {
  const table = document.getElementById("evidence-table");
  const tools = document.getElementById("evidence-tools");
  if (!table || !tools) return;
  const body = table.tBodies[0];
  let rows = Array.from(body.rows);
  const heads = Array.from(table.tHead.rows[0].cells);
  const words = document.getElementById("filter-words");
  const host = document.getElementById("filter-host");
  const grade = document.getElementById("filter-grade");
  const told = document.getElementById("filter-told");
  const more = document.getElementById("open-all");
  const rest = document.getElementById("evidence-rest");
  const take = document.getElementById("take-rest");
  const texts = new Map(); // of rows, filled when first needed

  const cell = (row, column) => row.cells[column].textContent;
  const textOf = (row) => {
    if (!texts.has(row)) texts.set(row, row.textContent.toLowerCase());
    return texts.get(row);
  };
  const tell = (text) => { told.textContent = text; };

  function filter() {
    const wanted = words.value.toLowerCase().split(/\s+/).filter(Boolean);
    let shown = 0;
    for (const row of rows) {
      const fits = (!host.value || cell(row, 1) === host.value) &&
        (!grade.value || cell(row, 2) >= grade.value && cell(row, 2)[0] === "E") &&
        wanted.every((word) => textOf(row).includes(word));
      row.hidden = !fits;
      shown += fits;
    }
    tell(shown + " of " + rows.length + " rows");
  }

  /* Grades sort as N, E0 ... E6; everything else as text, numbers in it as numbers. */
  const compare = new Intl.Collator("en", { numeric: true }).compare;
  const keyOf = (row, column) => {
    const text = cell(row, column);
    return column === 2 && text === "N" ? "D" : text;
  };

  function sort(column) {
    const up = heads[column].getAttribute("aria-sort") !== "ascending";
    const keys = new Map(rows.map((row) => [row, keyOf(row, column)]));
    rows.sort((a, b) => (up ? 1 : -1) * compare(keys.get(a), keys.get(b)));
    heads.forEach((head) => head.removeAttribute("aria-sort"));
    heads[column].setAttribute("aria-sort", up ? "ascending" : "descending");
    body.append(...rows);
    tell("sorted by " + heads[column].textContent + (up ? ", ascending" : ", descending"));
  }

  heads.forEach((head, column) => {
    const button = document.createElement("button");
    button.type = "button";
    button.textContent = head.textContent;
    button.addEventListener("click", () => sort(column));
    head.replaceChildren(button);
  });

  let waiting = 0;
  words.addEventListener("input", () => {
    clearTimeout(waiting);
    waiting = setTimeout(filter, 120);
  });
  host.addEventListener("change", filter);
  grade.addEventListener("change", filter);
  more.addEventListener("click", () => {
    const open = more.getAttribute("aria-pressed") !== "true";
    more.setAttribute("aria-pressed", String(open));
    for (const row of rows)
      if (!row.hidden)
        for (const details of row.getElementsByTagName("details")) details.open = open;
  });
  function nameHosts() {
    const known = new Set(Array.from(host.options, (option) => option.value));
    for (const name of new Set(rows.map((row) => cell(row, 1)))) {
      if (known.has(name)) continue;
      const option = document.createElement("option");
      option.textContent = option.value = name;
      host.append(option);
    }
  }
  nameHosts();

  /* The rows of the second table join the first; laying out thousands takes a moment. */
  if (rest) {
    take.hidden = false;
    take.addEventListener("click", () => {
      rows = rows.concat(Array.from(rest.getElementsByTagName("tbody")[0].rows));
      rest.remove();
      take.remove();
      heads.forEach((head) => head.removeAttribute("aria-sort"));
      sort(0);
      nameHosts();
      filter();
    });
  }
  tools.hidden = false;
  tell(rows.length + " rows");
})();
