// The page of a payment: counts the minutes down, and opens the bank's page by the bank's own script when it
// could be loaded. Without either the form leads to the bank just the same.
(function () {
  "use strict";
  var left = document.querySelector("[data-until]");
  if (left) {
    var until = Date.parse(left.dataset.until), skew = Date.parse(left.dataset.now) - Date.now();
    var tick = function () {
      var s = Math.max(0, Math.round((until - Date.now() - skew) / 1000));
      left.textContent = Math.floor(s / 60) + ":" + String(s % 60).padStart(2, "0");
      if (s === 0) { location.reload(); return; }
      setTimeout(tick, 1000);
    };
    if (until > Date.now() + skew) { tick(); }
  }
  var form = document.querySelector("form[data-halyk]");
  if (!form) { return; }
  form.addEventListener("submit", function (e) {
    if (!window.halyk || typeof window.halyk.pay !== "function") { return; }
    e.preventDefault();
    window.halyk.pay(JSON.parse(form.dataset.halyk));
  });
})();
