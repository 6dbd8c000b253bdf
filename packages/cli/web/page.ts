import { setOnnxRuntimeAssets } from '@farzi/core/browser';
import { element } from './dom.js';
import { Recommendations } from './recommendations.js';
import { loadSite } from './site.js';
import { trainingPanel } from './training.js';
import { Writing } from './writing.js';

/** The page of distilled data: train a student on them, and use it. */
async function start(main: HTMLElement, about: HTMLElement): Promise<void> {
  setOnnxRuntimeAssets(new URL('./', document.baseURI).href);
  const site = await loadSite();
  const { synthetic, description } = site;
  const { data, provenance } = synthetic;
  document.title = description.title;
  document.querySelector('h1')?.replaceChildren(description.title);
  about.textContent = [
    `${data.sequences} synthetic sequences of ${data.length} tokens in ${description.bytes.toLocaleString('en')} bytes, distilled from ${provenance.dataset}`,
    `A ${description.model.id} that has seen nothing else is trained from scratch here, in your browser; nothing leaves it`,
    ...(provenance.licence === undefined ? [] : [provenance.licence]),
  ]
    .map((sentence) => `${sentence.replace(/\.$/, '')}.`)
    .join(' ');
  const uses = site.model.definition.task === 'language' ? new Writing(site) : new Recommendations(site);
  main.replaceChildren(await trainingPanel(site, uses), ...uses.panels);
}

const [main, about] = [document.querySelector('main'), document.querySelector<HTMLElement>('#about')];
if (main !== null && about !== null)
  start(main, about).catch((error: unknown) => {
    about.textContent = error instanceof Error ? error.message : String(error);
    about.classList.add('wrong');
    main.replaceChildren(element('p', { textContent: 'Serve this folder with any static web server: pages from files may load nothing.' }));
  });
