"use strict";
// Everything shown here is put in as text, never as markup: ids and messages come from learners.
(() => {
  const data = JSON.parse(document.getElementById("data").textContent);
  const words = data.words;
  const SVG = "http://www.w3.org/2000/svg";
  const STEP = 200; // rows at a time: a page of thousands opens as fast as one of thirty
  const RIGHT = new Set(["passed", "follow_through"]);
  const $ = (id) => document.getElementById(id);
  const fill = (text, values) => text.replace(/\{(\w+)\}/g, (all, name) => values[name] ?? all);
  const number = (value) => String(Math.round(value * 100) / 100);

  function make(tag, className, text) {
    const element = document.createElement(tag);
    if (className) element.className = className;
    if (text !== undefined) element.textContent = text;
    return element;
  }
  function draw(tag, attributes) {
    const element = document.createElementNS(SVG, tag);
    for (const [name, value] of Object.entries(attributes)) element.setAttribute(name, value);
    return element;
  }

  const compare = new Intl.Collator(document.documentElement.lang, { numeric: true }).compare;
  const submissions = data.submissions.map((own, index) => {
    const named = [...new Set(own.checks.flatMap((check) => check[4]))];
    const titles = named.map((at) => data.mistakes[at][1] || data.mistakes[at][0]);
    const ids = named.map((at) => data.mistakes[at][0]);
    const text = [own.id, own.name, own.status, ...own.blame, ...ids, ...titles].join("\n");
    return { ...own, index, named, titles, ids, text: text.normalize("NFC").toLowerCase() };
  });
  const byId = new Map(submissions.map((own) => [own.id, own]));

  // Which submissions are shown, and in which order

  const view = { sort: "score", down: true, search: "", choice: "", bin: null, mistake: null };
  const open = new Set();
  let shown = [];
  let limit = STEP;

  const keys = {
    id: (a, b) => compare(a.id, b.id),
    score: (a, b) => a.score - b.score,
    blame: (a, b) => a.blame.length - b.blame.length || compare(a.blame.join(), b.blame.join()),
    mistakes: (a, b) => a.named.length - b.named.length || compare(a.titles.join(), b.titles.join()),
  };
  const choices = {
    "": () => true,
    mend: (own) => own.blame.length > 0,
    full: (own) => own.status === "graded" && own.max > 0 && own.score >= own.max,
    zero: (own) => own.status === "graded" && own.score === 0,
    ungraded: (own) => own.status !== "graded",
  };

  function choose() {
    const parts = view.search.normalize("NFC").toLowerCase().split(/\s+/).filter(Boolean);
    const way = view.down ? -1 : 1;
    shown = submissions
      .filter((own) => choices[view.choice](own))
      .filter((own) => view.bin === null || own.bin === view.bin)
      .filter((own) => view.mistake === null || own.ids.includes(view.mistake))
      .filter((own) => parts.every((part) => own.text.includes(part)))
      .sort((a, b) => way * keys[view.sort](a, b) || a.index - b.index);
    limit = STEP;
    show();
  }

  function show() {
    showTable();
    showMap();
    showState();
  }

  function showState() {
    $("shown").textContent = fill(words.shown, { shown: shown.length, all: submissions.length });
    $("empty").hidden = shown.length > 0;
    $("empty").textContent = words.nothing;
    $("choice").value = view.choice;
    for (const button of document.querySelectorAll("th button")) {
      const active = button.dataset.sort === view.sort;
      button.parentElement.setAttribute("aria-sort", active ? (view.down ? "descending" : "ascending") : "none");
    }
    for (const bar of document.querySelectorAll(".bar")) {
      bar.setAttribute("aria-pressed", String(Number(bar.dataset.bin) === view.bin));
    }
    for (const button of document.querySelectorAll("[data-mistake]")) {
      button.setAttribute("aria-pressed", String(button.dataset.mistake === view.mistake));
    }
    const chips = $("chips");
    chips.replaceChildren();
    const chip = (text, clear) => {
      const button = make("button", "chip", text);
      button.type = "button";
      button.title = words.remove;
      button.addEventListener("click", () => { clear(); choose(); });
      chips.append(button);
    };
    if (view.bin !== null) {
      const text = view.bin === 10 ? words.score_full : fill(words.score_range, { from: view.bin * 10, to: view.bin * 10 + 10 });
      chip(text, () => { view.bin = null; });
    }
    if (view.mistake !== null) {
      const entry = data.mistakes.find((mistake) => mistake[0] === view.mistake);
      chip((entry && entry[1]) || view.mistake, () => { view.mistake = null; });
    }
    const all = $("toggle-all");
    all.textContent = open.size ? all.dataset.close : all.dataset.open;
  }

  // The table

  function showTable() {
    const rows = document.createDocumentFragment();
    for (const own of shown.slice(0, limit)) {
      rows.append(entry(own));
      if (open.has(own.id)) rows.append(detail(own));
    }
    $("rows").replaceChildren(rows);
    const left = shown.length - limit;
    $("more").hidden = left <= 0;
    $("more").textContent = fill(words.more, { count: left });
  }

  function entry(own) {
    const row = make("tr", "entry");
    row.dataset.id = own.id;
    const first = row.insertCell();
    const opener = make("button", "opener", own.id);
    opener.type = "button";
    opener.setAttribute("aria-expanded", String(open.has(own.id)));
    first.append(opener);
    if (own.name) first.append(make("span", "who", own.name));
    row.insertCell().append(score(own));
    const mend = row.insertCell();
    if (own.status !== "graded") mend.append(make("span", "state", words[own.status]));
    own.blame.forEach((name, at) => mend.append(at ? ", " : "", make("code", "", name)));
    const named = row.insertCell();
    for (const title of own.titles) named.append(make("p", "named", title));
    return row;
  }

  function score(own) {
    const cell = make("div", "score");
    if (own.status !== "graded") {
      cell.append(make("i"), make("span", "", "–"));
      return cell;
    }
    const share = own.max ? (100 * own.score) / own.max : 0;
    const bar = draw("svg", { viewBox: "0 0 100 8", preserveAspectRatio: "none", "aria-hidden": "true" });
    bar.append(
      draw("rect", { class: "all", width: 100, height: 8 }),
      draw("rect", { class: share >= 100 ? "got full" : "got", width: share, height: 8 }),
    );
    cell.append(bar, make("span", "", number(own.score)));
    return cell;
  }

  function detail(own) {
    const row = make("tr", "detail");
    const cell = row.insertCell();
    cell.colSpan = 4;
    if (own.status !== "graded") {
      cell.append(make("pre", "", own.why));
      return row;
    }
    const list = make("ul", "checks");
    const groups = new Map();
    for (const [at, outcome, points, text, , notes] of own.checks) {
      const check = data.checks[at];
      const [kind, said] = data.outcomes[outcome];
      const item = make("li");
      item.title = said + (notes ? `; ${notes}` : "");
      item.append(make("i", `dot ${kind}`), make("span", "", `${check.group}: ${check.name}`));
      item.append(make("span", "points", `${number(points)}/${number(check.max)}`));
      if (check.hidden) item.append(make("small", "tag", words.hidden));
      list.append(item);
      if (!data.texts[text]) continue;
      if (!groups.has(text)) groups.set(text, []);
      groups.get(text).push([kind, said, check]);
    }
    cell.append(list);
    for (const [text, checks] of groups) {
      const message = make("div", "message");
      const head = make("h3");
      head.append(make("i", `dot ${checks[0][0]}`));
      head.append(make("span", "", checks.map(([, , check]) => `${check.group}: ${check.name}`).join(", ")));
      head.append(make("small", "", checks[0][1] + (checks.some(([, , check]) => check.hidden) ? ` · ${words.hidden}` : "")));
      message.append(head, make("pre", "", data.texts[text]));
      cell.append(message);
    }
    if (!own.checks.length) cell.append(make("p", "note", words.no_checks));
    else if (!groups.size) cell.append(make("p", "note", words.no_message));
    return row;
  }

  function toggle(own, row) {
    const opener = row.querySelector(".opener");
    if (open.delete(own.id)) row.nextElementSibling.remove();
    else {
      open.add(own.id);
      row.after(detail(own));
    }
    opener.setAttribute("aria-expanded", String(open.has(own.id)));
    showState();
  }

  function jump(own) {
    // Whatever hides it goes; then it opens and comes into sight.
    if (!shown.includes(own)) {
      Object.assign(view, { search: "", choice: "", bin: null, mistake: null });
      $("search").value = "";
      choose();
    }
    limit = Math.max(limit, shown.indexOf(own) + 1);
    open.add(own.id);
    show();
    const row = [...$("rows").children].find((element) => element.dataset.id === own.id);
    row.scrollIntoView({ block: "center" });
    row.querySelector(".opener").focus({ preventScroll: true });
  }

  $("rows").addEventListener("click", (event) => {
    const row = event.target.closest("tr.entry");
    if (row && !String(getSelection())) toggle(byId.get(row.dataset.id), row);
  });
  $("rows").addEventListener("keydown", (event) => {
    const step = { ArrowDown: 1, ArrowUp: -1 }[event.key];
    if (!step || !event.target.matches(".opener")) return;
    const openers = [...document.querySelectorAll(".opener")];
    const next = openers[openers.indexOf(event.target) + step];
    if (next) next.focus();
    event.preventDefault();
  });
  for (const button of document.querySelectorAll("th button")) {
    button.addEventListener("click", () => {
      const sort = button.dataset.sort;
      view.down = view.sort === sort ? !view.down : sort !== "id";
      view.sort = sort;
      choose();
    });
  }
  $("search").addEventListener("input", (event) => { view.search = event.target.value; choose(); });
  $("choice").addEventListener("change", (event) => { view.choice = event.target.value; choose(); });
  $("more").addEventListener("click", () => { limit += 1000; showTable(); });
  $("toggle-all").addEventListener("click", () => {
    if (open.size) open.clear();
    else for (const own of shown.slice(0, limit)) open.add(own.id);
    showTable();
    showState();
  });
  document.addEventListener("keydown", (event) => {
    const typing = event.target.matches("input, select, textarea");
    if (event.key === "/" && !typing && !event.ctrlKey && !event.metaKey && !event.altKey) {
      $("search").focus();
      event.preventDefault();
    }
    if (event.key === "Escape" && event.target === $("search")) {
      $("search").value = view.search = "";
      choose();
    }
  });
  addEventListener("beforeprint", () => { limit = shown.length; showTable(); });

  // Scores and misconceptions choose among the submissions

  for (const bar of document.querySelectorAll(".bar")) {
    const press = () => {
      const bin = Number(bar.dataset.bin);
      view.bin = view.bin === bin ? null : bin;
      choose();
    };
    bar.addEventListener("click", press);
    bar.addEventListener("keydown", (event) => {
      if (event.key === "Enter" || event.key === " ") {
        press();
        event.preventDefault();
      }
    });
  }
  for (const button of document.querySelectorAll("[data-mistake]")) {
    button.addEventListener("click", () => {
      view.mistake = view.mistake === button.dataset.mistake ? null : button.dataset.mistake;
      choose();
    });
  }
  for (const button of document.querySelectorAll(".link[data-open]")) {
    button.addEventListener("click", () => jump(byId.get(button.dataset.open)));
  }
  const allMistakes = $("all-mistakes");
  if (allMistakes) {
    allMistakes.addEventListener("click", () => {
      $("mistake-list").classList.add("all");
      allMistakes.remove();
    });
  }

  // The heat map: one path for every outcome, however many cells it has

  const heat = $("heat");
  const rowHeight = 18;
  let canvas = null;
  let cursor = null;
  let place = { row: 0, column: 0 };

  function showMap() {
    const checks = data.checks;
    heat.replaceChildren();
    canvas = null;
    if (!checks.length || !shown.length) return;
    const columns = shown.length;
    const paths = data.outcomes.map(() => []);
    const passed = checks.map(() => [0, 0]);
    const width = columns > 250 ? 1 : 0.92; // no gaps where they would be all one sees
    shown.forEach((own, column) => {
      for (const [row, outcome] of own.checks) {
        paths[outcome].push(`M${column} ${row}h${width}v.9h-${width}z`);
        passed[row][1] += 1;
        if (RIGHT.has(data.outcomes[outcome][0])) passed[row][0] += 1;
      }
    });
    const labels = make("ul", "labels");
    const rates = make("ul", "rates");
    let group = null;
    checks.forEach((check, row) => {
      const label = make("li");
      label.append(make("span", "", check.group === group ? "" : check.group));
      if (check.hidden) label.append(make("span", "tag", words.hidden));
      label.append(make("b", "", check.name));
      label.style.height = `${rowHeight}px`;
      group = check.group;
      labels.append(label);
      const [right, all] = passed[row];
      const rate = make("li", "", all ? `${Math.round((100 * right) / all)} %` : "–");
      rate.style.height = `${rowHeight}px`;
      rates.append(rate);
    });
    canvas = draw("svg", { viewBox: `0 0 ${columns} ${checks.length}`, preserveAspectRatio: "none", tabindex: 0, role: "img", "aria-labelledby": "map-title", "aria-describedby": "heat-says" });
    canvas.style.height = `${rowHeight * checks.length}px`;
    paths.forEach((path, outcome) => {
      if (path.length) canvas.append(draw("path", { class: data.outcomes[outcome][0], d: path.join("") }));
    });
    cursor = draw("rect", { class: "cursor", width: 1, height: 0.9, visibility: "hidden" });
    canvas.append(cursor);
    canvas.addEventListener("mousemove", (event) => {
      const cell = at(event);
      $("tip").hidden = !cell;
      if (!cell) return;
      $("tip").textContent = say(cell);
      const left = Math.min(event.clientX + 14, innerWidth - $("tip").offsetWidth - 8);
      $("tip").style.left = `${left}px`;
      $("tip").style.top = `${event.clientY + 16}px`;
    });
    canvas.addEventListener("mouseleave", () => { $("tip").hidden = true; });
    canvas.addEventListener("click", (event) => {
      const cell = at(event);
      $("tip").hidden = true;
      if (cell) jump(shown[cell.column]);
    });
    canvas.addEventListener("focus", () => move(0, 0));
    canvas.addEventListener("blur", () => { cursor.setAttribute("visibility", "hidden"); });
    canvas.addEventListener("keydown", (event) => {
      const steps = { ArrowUp: [-1, 0], ArrowDown: [1, 0], ArrowLeft: [0, -1], ArrowRight: [0, 1], Home: [0, -columns], End: [0, columns], PageUp: [0, -10], PageDown: [0, 10] };
      if (steps[event.key]) move(...steps[event.key]);
      else if (event.key === "Enter") jump(shown[place.column]);
      else return;
      event.preventDefault();
    });
    heat.append(labels, canvas, rates);
  }

  function at(event) {
    const box = canvas.getBoundingClientRect();
    const column = Math.floor(((event.clientX - box.left) / box.width) * shown.length);
    const row = Math.floor(((event.clientY - box.top) / box.height) * data.checks.length);
    return shown[column] && data.checks[row] ? { row, column } : null;
  }

  function say({ row, column }) {
    const own = shown[column];
    const check = data.checks[row];
    const found = own.checks.find((each) => each[0] === row);
    const outcome = found ? data.outcomes[found[1]][1] : words[own.status] || "–";
    return fill(words.cell, { id: own.id, check: `${check.group}: ${check.name}`, outcome });
  }

  function move(down, right) {
    const clamp = (value, most) => Math.max(0, Math.min(most - 1, value));
    place = { row: clamp(place.row + down, data.checks.length), column: clamp(place.column + right, shown.length) };
    cursor.setAttribute("x", place.column);
    cursor.setAttribute("y", place.row);
    cursor.setAttribute("visibility", "visible");
    $("heat-says").textContent = say(place);
  }

  const used = new Set(submissions.flatMap((own) => own.checks.map((check) => check[1])));
  data.outcomes.forEach(([kind, text], outcome) => {
    if (!used.has(outcome)) return;
    const item = make("li");
    item.append(make("i", `dot ${kind}`), make("span", "", text));
    $("legend").append(item);
  });

  $("theme").addEventListener("click", () => {
    const root = document.documentElement;
    const dark = root.dataset.theme ? root.dataset.theme === "dark" : matchMedia("(prefers-color-scheme: dark)").matches;
    root.dataset.theme = dark ? "light" : "dark";
  });

  choose();
})();
