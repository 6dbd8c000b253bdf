// Distils the bundled MovieLens data in a program, without a configuration or a run directory, and uses what comes out
// of it.
import { distill, evaluate, loadDataset, loadStudent, loadSynthetic, saveSynthetic, trainStudent } from '@farzi/core';
import { movielensSmall2016 } from '@farzi/datasets';
import { sasrec } from '@farzi/models-sasrec';

const dataset = await loadDataset(movielensSmall2016({ minimumUserEvents: 5, minimumItemEvents: 20 }));
const model = sasrec({ hiddenSize: 32, blocks: 1 });

// 671 users' histories become 10 synthetic sequences
const { synthetic } = await distill({
  dataset,
  model,
  synthetic: { sequences: 10 },
  outerSteps: 20,
  seed: 1,
  onPhase: (_phase, { title }) => console.error(title),
});
await saveSynthetic('movies.farzi', synthetic);

// whoever has the synthetic data trains a student on them, of any architecture, in seconds
const student = await trainStudent({ data: await loadSynthetic('movies.farzi'), model, seed: 1 });
await student.save('student.safetensors');

const { test, titles = [] } = dataset;
const metrics = await evaluate({ student, cases: test, metrics: ['ndcg@10', 'hr@10', 'hr@100'] });
console.log(metrics);

// and recommends to somebody who was never in the data
const history = ['Toy Story (1995)', 'Lion King, The (1994)', 'Aladdin (1992)'].map((title) => titles.indexOf(title));
const [list = []] = await (await loadStudent('student.safetensors', { models: [sasrec] })).topK([history], { k: 5 });
console.log(list.map(({ title }) => title));
