// The scripts of every page. Each adds a convenience to a page that already
// works without it, and finds its elements by a data attribute.
import { camera } from './camera.js';
import { countdown } from './countdown.js';
import { copy } from './copy.js';
import { focusErrors } from './errors.js';
import { passkey } from './passkey.js';
import { reveal } from './reveal.js';
import { submitOnce } from './submit.js';
import { suggest } from './suggest.js';
import { work } from './work.js';

reveal(document);
camera(document);
copy(document);
countdown(document);
passkey(document);
submitOnce(document);
focusErrors(document);
suggest(document);
work(document);
