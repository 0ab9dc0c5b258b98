// Pleasures of a browser with scripts; every page works without them.
(function () {
  "use strict";
  var doc = document;
  var inField = function (e) {
    return e.target.isContentEditable || /^(INPUT|SELECT|TEXTAREA)$/.test(e.target.tagName);
  };
  var keysOff = function () { return doc.documentElement.hasAttribute("data-keys-off"); };
  var rows = function () { return Array.prototype.slice.call(doc.querySelectorAll("tr[data-href],[data-row]")); };

  function move(step) {
    var all = rows();
    if (!all.length) { return; }
    var at = all.findIndex(function (r) { return r.classList.contains("here"); });
    if (at >= 0) { all[at].classList.remove("here"); }
    at = Math.max(0, Math.min(all.length - 1, at + step));
    all[at].classList.add("here");
    all[at].scrollIntoView({ block: "nearest" });
    var link = all[at].querySelector("a");
    if (link) { link.focus({ preventScroll: true }); }
  }

  // "/" goes to the search, J and K walk the rows, Enter opens; any element with data-key is pressed by its key.
  doc.addEventListener("keydown", function (e) {
    if (e.ctrlKey || e.metaKey || e.altKey || inField(e) || keysOff()) {
      if (e.key === "Escape" && inField(e)) { e.target.blur(); }
      return;
    }
    if (e.key === "/") {
      var box = doc.querySelector("main input[type=search]") || doc.querySelector("input[type=search]");
      if (box) { e.preventDefault(); box.focus(); box.select(); }
      return;
    }
    // By place on the keyboard, so that the keys work in the Kazakh and Russian layouts too.
    var key = /^Key[A-Z]$/.test(e.code) ? e.code.slice(3) : e.key;
    var target = doc.querySelector('[data-key="' + (window.CSS ? CSS.escape(key) : key) + '"]');
    if (target) {
      e.preventDefault();
      if (target.matches("input,select,textarea")) { target.focus(); } 
      target.click();
      return;
    }
    if (key === "J") { move(1); }
    if (key === "K") { move(-1); }
    if (e.key === "Enter" && e.target === doc.body) {
      var here = doc.querySelector("tr.here");
      if (here && here.dataset.href) { location.href = here.dataset.href; }
    }
    if (e.key === "Escape") { closeAll(null); }
  });

  // Drop-downs close when one looks elsewhere.
  function closeAll(except) {
    doc.querySelectorAll("details.drop[open]").forEach(function (d) { if (d !== except) { d.open = false; } });
  }
  doc.addEventListener("click", function (e) { closeAll(e.target.closest ? e.target.closest("details.drop") : null); });

  // A form is sent once.
  doc.addEventListener("submit", function (e) {
    if (e.defaultPrevented || e.target.dataset.sent) { if (e.target.dataset.sent) { e.preventDefault(); } return; }
    if (e.target.method === "post" && !e.target.hasAttribute("hx-post")) {
      e.target.dataset.sent = "1";
      setTimeout(function () { delete e.target.dataset.sent; }, 8000);
    }
  });
  window.addEventListener("pageshow", function () {
    doc.querySelectorAll("form[data-sent]").forEach(function (f) { delete f.dataset.sent; });
  });

  // Choices that need no button when scripts run.
  doc.addEventListener("change", function (e) {
    if (e.target.closest && e.target.closest("[data-auto]")) { e.target.form.requestSubmit(); }
    if (e.target.matches("[data-all]")) {
      doc.querySelectorAll('input[name="' + e.target.dataset.all + '"]').forEach(function (b) { b.checked = e.target.checked; });
    }
  });

  // On a narrow screen the chosen tab is brought into view.
  doc.querySelectorAll(".segments [aria-current],.tabs [aria-current]").forEach(function (t) {
    var row = t.parentElement;
    row.scrollLeft = t.offsetLeft - row.offsetLeft - (row.clientWidth - t.offsetWidth) / 2;
  });

  // Passwords and personal numbers are shown on demand.
  doc.addEventListener("click", function (e) {
    var eye = e.target.closest && e.target.closest("[data-reveal]");
    if (eye) {
      var input = doc.getElementById(eye.dataset.reveal);
      input.type = input.type === "password" ? "text" : "password";
      eye.setAttribute("aria-pressed", String(input.type === "text"));
    }
    if (e.target.closest && e.target.closest("[data-print]")) { window.print(); }
    var zoom = e.target.closest && e.target.closest("[data-zoom]");
    if (zoom) { doc.getElementById(zoom.dataset.zoom).classList.toggle("zoomed"); }
  });

  // A file may be dropped where one is asked for.
  doc.querySelectorAll(".filedrop").forEach(function (drop) {
    var input = drop.querySelector("input[type=file]");
    if (!input) { return; }
    ["dragenter", "dragover"].forEach(function (n) {
      drop.addEventListener(n, function (e) { e.preventDefault(); drop.classList.add("over"); });
    });
    ["dragleave", "drop"].forEach(function (n) {
      drop.addEventListener(n, function () { drop.classList.remove("over"); });
    });
    drop.addEventListener("drop", function (e) { e.preventDefault(); input.files = e.dataTransfer.files; });
  });
})();
