// Saves a form while one types: form[data-autosave] is posted by itself with the version that the page has.
// The server answers with the new version; when somebody else has saved meanwhile, nothing is overwritten and
// the page says so. Without scripts the form is saved by its button.
(function () {
  "use strict";
  var form = document.querySelector("form[data-autosave]");
  var place = document.getElementById("saved");
  if (!form || !place || !window.fetch) { return; }
  var version = form.elements.version;
  var timer = null, busy = false, again = false, stopped = false, out = false;
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
    fetch(form.action, { method: "POST", body: body, keepalive: true, redirect: "manual",
      headers: { "X-Autosave": "1", "Accept": "application/json" } }).then(function (r) {
      if (r.type === "opaqueredirect" || r.status === 401 || r.status === 403) {
        out = true;
        return { ok: false, status: 401, j: { text: form.dataset.session } };
      }
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

  // When the session has ended and one has logged in again in another tab, the page takes the new session's
  // token and saves what was typed.
  function revive() {
    if (!out) { return; }
    fetch(location.href, { redirect: "manual" }).then(function (r) { return r.ok ? r.text() : ""; }).then(function (html) {
      var fresh = new DOMParser().parseFromString(html, "text/html").querySelector("#data input[name=csrf]");
      if (!fresh) { return; }
      document.querySelectorAll("input[name=csrf]").forEach(function (i) { i.value = fresh.value; });
      out = stopped = false;
      send();
    }).catch(function () { /* still away: the next look at the page tries again */ });
  }
  window.addEventListener("focus", revive);

  form.addEventListener("input", function () { later(1200); });
  form.addEventListener("change", function () { later(200); });
  form.addEventListener("submit", function () { stopped = true; clearTimeout(timer); });
  document.addEventListener("visibilitychange", function () { if (document.visibilityState === "hidden") { send(); } });
  window.addEventListener("online", send);
})();
