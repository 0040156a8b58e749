// The figures of a wall with NOCTURNE_MONITORS monitors, on a server that makes 1,000 changes per second. What each is stands in the file
// that measures it; words after the script's name choose among them. Figures go to standard output, words to standard error.
import { setting, signIn } from './browser.mjs';
import { measureDom } from './dom.mjs';
import { measureFrames } from './frames.mjs';
import { measureOpening } from './opening.mjs';
import { learn } from './sight.mjs';

const MEASURES = {
  opening: async (cookie, monitors) => measureOpening(cookie, monitors, await learn(cookie, monitors)),
  frames: async (cookie, monitors) => measureFrames(cookie, monitors, await learn(cookie, monitors)),
  dom: measureDom,
};

const monitors = Number(setting('NOCTURNE_MONITORS'));
const cookie = await signIn();
const chosen = process.argv.slice(2);
for (const [name, measure] of Object.entries(MEASURES)) {
  if (chosen.length === 0 || chosen.includes(name)) await measure(cookie, monitors);
}
