import { builtInCodecs, decodeSynthetic, type ModelDefinition, type SyntheticPackage } from '@farzi/core/browser';
import { pageModels, SITE, type SiteDescription } from '../src/export/site.js';

/** What a page is about. */
export interface Site {
  readonly description: SiteDescription;
  readonly synthetic: SyntheticPackage;
  readonly model: { readonly definition: ModelDefinition; readonly options: unknown };
}

async function fetched(file: string): Promise<Response> {
  const response = await fetch(file);
  if (!response.ok) throw new Error(`The file ${file} cannot be loaded (${response.status}).`);
  return response;
}

/** Loads what lies beside the page. */
export async function loadSite(): Promise<Site> {
  const description = (await (await fetched(SITE)).json()) as SiteDescription;
  const bytes = new Uint8Array(await (await fetched(description.data)).arrayBuffer());
  const synthetic = await decodeSynthetic(bytes, description.data, builtInCodecs, () =>
    Promise.reject(new Error('The names of tokens are not in the file.')),
  );
  const definition = (pageModels as unknown as readonly ModelDefinition[]).find(({ id }) => id === description.model.id);
  if (definition === undefined) throw new Error(`This page knows no model ${description.model.id}.`);
  return { description, synthetic, model: { definition, options: description.model.options } };
}
