// The editor on our own endpoint: no proxy, no outside completion, nothing kept of other endpoints.
"use strict";
const place = document.getElementById("yasgui");
Yasgui.Yasqe.defaults.autocompleters = [];
const yasgui = new Yasgui(place, {
  requestConfig: { endpoint: place.dataset.endpoint, method: "POST" },
  copyEndpointOnNewTab: true,
  endpointCatalogueOptions: { getData: () => [{ endpoint: place.dataset.endpoint }] },
  persistencyExpire: 0,
});
const tab = yasgui.getTab() || yasgui.addTab(true);
tab.setEndpoint(place.dataset.endpoint);
tab.setQuery(place.dataset.query);
