// Signing in the browser: NCALayer, the program of the National Certification Authority that holds the
// keys, is asked over a WebSocket on this computer. A form with data-eds="login" has the server's challenge
// signed together with its text; one with data-eds="sign" has the bytes at data-content-url signed apart from
// them. Both put what NCALayer gave into their field "cms" and go to the server, which alone judges it.
//
// NCALayer's replies carry no number, so one request is under way at a time. What is said to the reader
// stands in the page, in elements with data-eds-say; this file only shows one of them.
(function () {
  "use strict";
  var doc = document;
  var form = doc.querySelector("form[data-eds]");
  if (!form || !("WebSocket" in window)) { return; }

  var connectTime = 6000, answerTime = 180000;
  var socket = null, version = "", waiting = null, busy = false;

  // A failure has a word, which is the state that is shown, and the words of NCALayer, which are quoted.
  function failure(word, text) { var e = new Error(text || word); e.word = word; e.said = text || ""; return e; }

  function say(word, text) {
    form.dataset.edsState = word;
    form.querySelectorAll("[data-eds-say]").forEach(function (e) { e.hidden = e.dataset.edsSay !== word; });
    var quote = form.querySelector("[data-eds-quote]");
    if (quote) { quote.textContent = text || ""; quote.hidden = !text; }
    var button = form.querySelector("button[type=submit]");
    if (button) { button.disabled = busy; }
  }

  // connect opens the socket; NCALayer speaks first and names its version.
  function connect() {
    if (socket && socket.readyState === WebSocket.OPEN) { return Promise.resolve(); }
    return new Promise(function (done, fail) {
      var s, timer = setTimeout(function () { fail(failure("absent")); s.close(); }, connectTime);
      try { s = new WebSocket(form.dataset.edsUrl); } catch (e) { clearTimeout(timer); fail(failure("absent")); return; }
      s.onmessage = function (m) {
        var frame = parse(m.data);
        if (frame.result && frame.result.version) {
          version = String(frame.result.version);
          clearTimeout(timer);
          socket = s;
          done();
        } else if (waiting) {
          var take = waiting; waiting = null;
          take.done(frame);
        }
      };
      s.onclose = s.onerror = function () {
        clearTimeout(timer);
        if (socket === s) { socket = null; }
        if (waiting) { var w = waiting; waiting = null; w.fail(failure("lost")); }
        fail(failure("absent"));
      };
    });
  }

  function parse(text) { try { return JSON.parse(text) || {}; } catch (e) { return {}; } }

  // ask sends one request and waits for its answer; a reader may take minutes to find the key.
  function ask(request) {
    return new Promise(function (done, fail) {
      if (waiting || !socket) { fail(failure("lost")); return; }
      var timer = setTimeout(function () { waiting = null; socket && socket.close(); fail(failure("silent")); }, answerTime);
      waiting = { done: function (f) { clearTimeout(timer); done(f); }, fail: function (e) { clearTimeout(timer); fail(e); } };
      socket.send(JSON.stringify(request));
    });
  }

  function login() { return form.dataset.eds === "login"; }

  // byBasics asks the module of 2022 and later. Cancelled is an answer without a result.
  function byBasics(content) {
    var oids = (form.dataset.edsOids || "").split(" ").filter(Boolean);
    return ask({ module: "kz.gov.pki.knca.basics", method: "sign", args: {
      allowedStorages: null, format: "cms", data: content,
      signingParams: { decode: true, encapsulate: login(), digested: false, tsaProfile: null },
      signerParams: { extKeyUsageOids: oids }, locale: form.dataset.edsLocale === "kk" ? "kk" : "ru"
    } }).then(function (r) {
      if (r.status === true) {
        var result = r.body && r.body.result;
        if (result === undefined || result === null) { throw failure("cancelled"); }
        return bare(result);
      }
      if (r.status === false && !/module|not.?found|unknown|unsupported/i.test(r.code + " " + r.message)) {
        throw failure(/cancel/i.test(r.message + r.details) ? "cancelled" : "refused", [r.message, r.details].filter(Boolean).join(": "));
      }
      return byCommonUtils(content);
    });
  }

  // byCommonUtils asks the module that older versions have: its arguments are a list, and the caller names
  // where the key lies.
  function byCommonUtils(content) {
    function call(method, args) {
      return ask({ module: "kz.gov.pki.knca.commonUtils", method: method, args: args }).then(function (r) {
        if (String(r.code) === "200") { return r.responseObject; }
        var text = String(r.message || "");
        if (text === "action.canceled") { throw failure("cancelled"); }
        throw failure(r.code ? "refused" : "old", text);
      });
    }
    return call("getActiveTokens").then(function (tokens) {
      var storage = Array.isArray(tokens) && tokens.length ? tokens[0] : "PKCS12";
      return call("createCAdESFromBase64", [storage, form.dataset.edsKeytype || "SIGNATURE", content, login()]);
    }).then(bare);
  }

  // bare is base64 without armour and line ends; a list of one is that one.
  function bare(result) {
    if (Array.isArray(result)) { result = result[0]; }
    if (result && typeof result === "object") { result = (result.signatures || [])[0]; }
    if (typeof result !== "string" || !result) { throw failure("refused"); }
    return result.replace(/-----(BEGIN|END) [A-Z0-9 ]+-----/g, "").replace(/\s+/g, "");
  }

  function base64(buffer) {
    var bytes = new Uint8Array(buffer), text = "";
    for (var i = 0; i < bytes.length; i += 8192) { text += String.fromCharCode.apply(null, bytes.subarray(i, i + 8192)); }
    return btoa(text);
  }

  function checked(answer) {
    if (answer.redirected && /\/login/.test(answer.url)) { throw failure("session"); }
    if (answer.status === 401 || answer.status === 403) { throw failure("session"); }
    if (!answer.ok) { throw failure("network"); }
    return answer;
  }

  // wanted is what is to be signed, in base64: a fresh challenge, or the stored bytes themselves.
  function wanted() {
    var offline = function (e) { throw e.word ? e : failure("network"); };
    if (!login()) {
      return fetch(form.dataset.contentUrl, { credentials: "same-origin" }).then(checked)
        .then(function (a) { return a.arrayBuffer(); }).then(base64).catch(offline);
    }
    var join = form.elements.join && form.elements.join.checked;
    return fetch(form.dataset.edsChallenge, { method: "POST", credentials: "same-origin", body: new URLSearchParams(join ? { join: "1" } : {}),
      headers: { "X-CSRF-Token": form.elements.csrf.value } }).then(checked)
      .then(function (a) { return a.json(); })
      .then(function (c) { form.elements.challenge.value = c.id; return c.content; }).catch(offline);
  }

  form.addEventListener("submit", function (e) {
    if (form.elements.cms.value) { return; }
    e.preventDefault();
    if (busy) { return; }
    busy = true;
    say("connecting");
    var content;
    wanted().then(function (c) { content = c; return connect(); }).then(function () {
      say("waiting");
      return byBasics(content);
    }).then(function (cms) {
      form.elements.cms.value = cms;
      say("sending");
      form.submit();
    }).catch(function (e) {
      busy = false;
      say(e.word || "lost", e.said);
    });
  });

  // A page that comes back from the browser's memory begins anew.
  window.addEventListener("pageshow", function (e) {
    if (e.persisted) { busy = false; form.elements.cms.value = ""; look(); }
  });

  // look tells whether NCALayer answers, before anything is asked of it, and again when the reader comes
  // back from starting it.
  function look() {
    if (busy || getComputedStyle(form).display === "none") { return; }
    connect().then(function () { if (!busy) { say("ready"); } }, function (e) { if (!busy) { say(e.word); } });
  }
  look();
  window.addEventListener("focus", function () { if (form.dataset.edsState === "absent") { look(); } });
})();
