// The editor on our own endpoint: no proxy, no outside completion, nothing kept of other endpoints.
"use strict";
const place = document.getElementById("yasgui");
const endpoint = new URL(place.dataset.endpoint, location.href).href;
Yasgui.Yasqe.defaults.autocompleters = [];
const yasgui = new Yasgui(place, {
  requestConfig: { endpoint, method: "POST" },
  copyEndpointOnNewTab: true,
  endpointCatalogueOptions: { getData: () => [{ endpoint }] },
  persistencyExpire: 0,
  populateFromUrl: false, // else a query in the address runs by itself, and the button that should run another stops it
});
const tab = yasgui.getTab() || yasgui.addTab(true);
tab.setEndpoint(endpoint);
tab.setQuery(place.dataset.query);
