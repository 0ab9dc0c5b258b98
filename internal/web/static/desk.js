// The keyboard of the desk. The page works without it; every key presses a button that is there.
(function () {
  "use strict";
  var doc = document;
  var foot = doc.querySelector(".desk-foot");
  if (!foot) { return; }
  var off = "kualik-keys-off";

  // Keys can be turned off, on this machine.
  function apply() {
    var isOff = localStorage.getItem(off) === "1";
    doc.documentElement.toggleAttribute("data-keys-off", isOff);
    doc.querySelectorAll("[data-keys-toggle]").forEach(function (b) { b.textContent = isOff ? b.dataset.on : b.dataset.off; });
  }
  doc.querySelectorAll("[data-keys-toggle]").forEach(function (b) {
    b.addEventListener("click", function () {
      if (localStorage.getItem(off) === "1") { localStorage.removeItem(off); } else { localStorage.setItem(off, "1"); }
      apply();
    });
  });
  apply();
  doc.documentElement.classList.add("js");

  // The button that accepts says what.
  function name() {
    var chosen = doc.querySelector("input[name=application]:checked");
    doc.querySelectorAll("[data-accept]").forEach(function (s) { s.textContent = chosen ? chosen.dataset.ref : ""; });
    doc.querySelectorAll(".compare tr").forEach(function (tr) {
      var cells = tr.children;
      doc.querySelectorAll("input[name=application]").forEach(function (r, i) {
        if (cells[i + 2]) { cells[i + 2].classList.toggle("chosen", r.checked); }
      });
    });
  }
  doc.addEventListener("change", function (e) { if (e.target.name === "application") { name(); } });
  name();

  // A radio button is no place to write in: keys work there too. "?" shows them all, J and K open the cases.
  function go(step) {
    var links = Array.prototype.slice.call(doc.querySelectorAll(".desk-queue li[data-row] > a"));
    var at = links.findIndex(function (a) { return a.getAttribute("aria-current"); });
    var next = links[Math.max(0, Math.min(links.length - 1, at + step))];
    if (next && next.getAttribute("aria-current") === null) { location.href = next.href; }
  }
  doc.addEventListener("keydown", function (e) {
    var t = e.target;
    var writes = t.isContentEditable || /^(SELECT|TEXTAREA)$/.test(t.tagName) || (t.tagName === "INPUT" && t.type !== "radio" && t.type !== "checkbox");
    if (e.ctrlKey || e.metaKey || e.altKey || writes || doc.documentElement.hasAttribute("data-keys-off")) { return; }
    var key = /^Key[A-Z]$/.test(e.code) ? e.code.slice(3) : /^Digit[1-9]$/.test(e.code) && !e.shiftKey ? e.code.slice(5) : e.key;
    if (e.key === "?") {
      var all = doc.getElementById("all-keys");
      all.open = !all.open;
    } else if (key === "J") { go(1); } else if (key === "K") { go(-1); } else {
      var target = t.type === "radio" || /^[1-9]$/.test(key) ? doc.querySelector('[data-key="' + key + '"]') : null;
      if (!target) { return; }
      target.click();
      if (target.type === "radio") { target.focus(); }
    }
    e.preventDefault();
    e.stopImmediatePropagation();
  }, true);

  doc.querySelectorAll("[data-copy]").forEach(function (b) {
    b.addEventListener("click", function () {
      var text = b.closest("details").querySelector("textarea");
      text.select();
      if (navigator.clipboard) { navigator.clipboard.writeText(text.value); } else { doc.execCommand("copy"); }
    });
  });

  // While the page is looked at, others are told.
  if (foot.dataset.case && !/^0+(-0+)*$/.test(foot.dataset.case)) {
    setInterval(function () {
      if (doc.hidden) { return; }
      fetch("/review/" + foot.dataset.case + "/here", { method: "POST", headers: { "X-CSRF-Token": foot.dataset.token } }).catch(function () {});
    }, 60000);
  }

  // The case that is open stands in view in the queue.
  var here = doc.querySelector(".desk-queue li.here");
  if (here) { here.scrollIntoView({ block: "nearest" }); }
  if (window.matchMedia("(max-width: 760px)").matches) {
    var list = doc.querySelector(".queue-list");
    if (list) { list.open = false; }
  }
})();
