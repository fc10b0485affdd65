// Which of several variants was chosen, in this browser.

import { recall, remember } from "./studio.memory.js";

const MOST_CHOICES = 500; // groups whose choice is remembered: the newest

/** The id of the chosen variant of a group, or undefined. */
export const chosenOf = (group) => recall().chosen[group];

/** Choose a variant; the same one again is chosen no more. */
export function chooseVariant(group, id) {
  const { [group]: before, ...others } = recall().chosen;
  const chosen = before === id ? others : { ...others, [group]: id };
  const newest = Object.keys(chosen).sort().slice(-MOST_CHOICES);
  remember({ chosen: Object.fromEntries(newest.map((name) => [name, chosen[name]])) });
  return before !== id;
}
