// Addresses of an author's posts for feed readers. It is loaded when it is first needed.

import { action, confirmed, element, say } from "./studio.dom.js";
import { feed } from "./studio.feed.js";
import { Trouble, ask } from "./studio.service.js";
import { t } from "./studio.words.js";

/** Show the addresses of the open feed's user, with buttons to copy and revoke them. */
export async function showAddresses(slot) {
  const about = { "user-id": feed.user };
  const addresses = await ask("feed/addresses", about);
  const rows = Object.entries(addresses).map(([form, address]) => {
    const field = element("input", { readOnly: true, value: address });
    const copy = action(t("feed.copy"), t("feed.copy-address"), async () => {
      try {
        await navigator.clipboard.writeText(address);
        say(t("shared.copied"));
      } catch {
        field.select();
        say(t("shared.selected"));
      }
    });
    return element("p", { className: "address" }, element("label", {}, t(`feed.${form}`), field), copy);
  });
  const revoke = confirmed(t("feed.revoke"), t("feed.revoke-sure"), async () => {
    try {
      await ask("feed/addresses", about, "DELETE");
      say(t("feed.revoked"));
      slot.replaceChildren(element("p", {}, t("feed.revoked")));
    } catch (trouble) {
      if (!(trouble instanceof Trouble)) throw trouble;
      say(trouble.message);
    }
  });
  const hasProof = addresses.atom.includes("?proof=");
  slot.replaceChildren(...rows, ...(hasProof ? [element("p", {}, t("feed.readers-note")), revoke] : []));
}
