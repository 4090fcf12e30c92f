// Sends the token of a sign-in link, which stands behind "#" so that no server, proxy or log sees it in an address.
const form = document.querySelector("form");
const token = location.hash.slice(1);
if (location.pathname !== "/signin") form.elements.to.value = location.pathname + location.search;
if (token) {
  history.replaceState(null, "", location.pathname);
  form.elements.token.value = token;
  form.submit();
}
