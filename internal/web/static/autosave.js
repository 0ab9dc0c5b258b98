// Saves a form while one types: form[data-autosave] is posted by itself with the version that the page has.
// The server answers with the new version; when somebody else has saved meanwhile, nothing is overwritten and
// the page says so. Without scripts the form is saved by its button.
(function () {
  "use strict";
  var form = document.querySelector("form[data-autosave]");
  var place = document.getElementById("saved");
  if (!form || !place || !window.fetch) { return; }
  var version = form.elements.version;
  var timer = null, busy = false, again = false, stopped = false;
  var last = values();

  function values() { return new URLSearchParams(new FormData(form)).toString().replace(/(^|&)version=[^&]*/, ""); }
  function say(kind, text) {
    place.textContent = text;
    place.className = "saved " + kind;
  }

  function send() {
    clearTimeout(timer);
    timer = null;
    var now = values();
    if (stopped || now === last) { return; }
    if (busy) { again = true; return; }
    busy = true;
    say("busy", form.dataset.saving);
    var body = new URLSearchParams(new FormData(form));
    fetch(form.action, { method: "POST", body: body, keepalive: true, redirect: "error",
      headers: { "X-Autosave": "1", "Accept": "application/json" } }).then(function (r) {
      return r.json().then(function (j) { return { ok: r.ok, status: r.status, j: j }; });
    }).then(function (a) {
      busy = false;
      if (a.ok) {
        last = now;
        version.value = a.j.version;
        say("good", a.j.text);
      } else {
        stopped = a.status !== 503 && a.status !== 500;
        say("bad", a.j.text);
        if (!stopped) { later(10000); }
      }
      if (again) { again = false; send(); }
    }).catch(function () {
      busy = false;
      say("bad", form.dataset.offline);
      later(5000);
    });
  }
  function later(wait) {
    clearTimeout(timer);
    timer = setTimeout(send, wait);
  }

  form.addEventListener("input", function () { later(1200); });
  form.addEventListener("change", function () { later(200); });
  form.addEventListener("submit", function () { stopped = true; clearTimeout(timer); });
  document.addEventListener("visibilitychange", function () { if (document.visibilityState === "hidden") { send(); } });
  window.addEventListener("online", send);
})();
