// The figures of a wall with NOCTURNE_MONITORS monitors, on a server that makes 1,000 changes per second, on a screen of 1920×1080 or of
// NOCTURNE_SCREEN: `3840x2160`. What each is stands in the file that measures it; words after the script's name choose among them. Figures
// go to standard output, words to standard error.
import { setting, signIn } from './browser.mjs';
import { measureDom } from './dom.mjs';
import { measureFrames } from './frames.mjs';
import { measureOpening } from './opening.mjs';
import { learn } from './sight.mjs';

const MEASURES = {
  opening: measureOpeningOnceLearnt,
  frames: async (cookie, monitors, screen) => measureFrames(cookie, monitors, screen, await learn(cookie, monitors, screen)),
  dom: measureDom,
};

const monitors = Number(setting('NOCTURNE_MONITORS'));
const screen = screenOf(process.env.NOCTURNE_SCREEN ?? '1920x1080');
const cookie = await signIn();
const chosen = process.argv.slice(2);
for (const [name, measure] of Object.entries(MEASURES)) {
  if (chosen.length === 0 || chosen.includes(name)) await measure(cookie, monitors, screen);
}

/** A server that falls behind with a million monitors shows tiles as stale that were not while their colours were learnt. */
async function measureOpeningOnceLearnt(cookie, monitors, screen) {
  let unknown = 0;
  for (let tries = 0; tries < 3; tries += 1) {
    unknown = await measureOpening(cookie, monitors, screen, await learn(cookie, monitors, screen));
    if (unknown === 0) return;
  }
  throw new Error(`${unknown} tiles have a status whose colour was not there to be learnt`);
}

/** Its size, and what stands in the names of its figures. */
function screenOf(size) {
  const [width, height] = size.split('x').map(Number);
  return { width, height, mark: width === 3840 ? 'uhd_' : '' };
}
