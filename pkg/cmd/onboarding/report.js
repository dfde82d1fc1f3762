
"use strict";
(() => {
  const table = document.getElementById("users");
  const body = table.tBodies[0];
  const rows = Array.from(body.rows);
  const heads = Array.from(table.tHead.rows[0].cells);
  const words = document.getElementById("words");
  const stage = document.getElementById("stage");
  const group = document.getElementById("group");
  const shown = document.getElementById("shown");
  const order = new Intl.Collator(undefined, { numeric: true, sensitivity: "base" });

  const text = new Map(rows.map((row) => [row, row.textContent.toLocaleLowerCase()]));

  function filter() {
    const wanted = words.value.toLocaleLowerCase().split(/\s+/).filter((w) => w !== "");
    let n = 0;
    for (const row of rows) {
      const fits = wanted.every((w) => text.get(row).includes(w)) &&
        (stage.value === "*" || row.dataset.stage === stage.value) &&
        (group === null || group.value === "*" || "=" + row.dataset.group === group.value);
      row.hidden = !fits;
      n += fits ? 1 : 0;
    }
    shown.textContent = n + " of " + rows.length + " users";
  }

  function key(row, column) {
    const cell = row.cells[column];
    return cell.dataset.key === undefined ? cell.textContent.trim() : cell.dataset.key;
  }

  function sort(column) {
    const head = heads[column];
    const way = head.getAttribute("aria-sort") === "ascending" ? -1 : 1;
    for (const other of heads) {
      other.removeAttribute("aria-sort");
    }
    head.setAttribute("aria-sort", way === 1 ? "ascending" : "descending");
    const keys = new Map(rows.map((row) => [row, key(row, column)]));
    rows.sort((a, b) => {
      const x = keys.get(a);
      const y = keys.get(b);
      if (x === "" || y === "") {
        return (x === "" ? 1 : 0) - (y === "" ? 1 : 0); // what is empty comes last, either way
      }
      return way * order.compare(x, y);
    });
    body.append(...rows);
  }

  heads.forEach((head, column) => {
    const button = document.createElement("button");
    button.type = "button";
    button.append(...head.childNodes);
    button.addEventListener("click", () => sort(column));
    head.append(button);
  });
  words.addEventListener("input", filter);
  stage.addEventListener("change", filter);
  if (group !== null) {
    group.addEventListener("change", filter);
  }
  document.getElementById("all").addEventListener("click", () => {
    words.value = "";
    stage.value = "*";
    if (group !== null) {
      group.value = "*";
    }
    filter();
  });
  filter();
  document.getElementById("controls").hidden = false;
})();
