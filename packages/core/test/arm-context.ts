import { occurrencesOf } from '../src/data/counts.js';
import { initialParameters } from '../src/model/layout.js';
import { RandomStream } from '../src/random/stream.js';
import type { ArmContext } from '../src/student/arm.js';
import { randomSynthetic } from '../src/synthetic/random.js';
import type { SyntheticInputs } from '../src/synthetic/synthetic.js';
import { teacherView } from '../src/synthetic/teacher-view.js';
import { sequenceWindows } from '../src/synthetic/windows.js';
import { TOY_LENGTH, TOY_VOCABULARY, toyModel, toySequences, toyShape } from '../src/testing/toy-learner.js';
import { engine } from './engine.js';

/** What an arm gets beside a toy: 12 short sequences, 5 synthetic ones, and a teacher if it needs one. */
export function armContext(inputs: SyntheticInputs, needsTeacher = false): ArmContext {
  const [train, shape, model, stream] = [toySequences(), toyShape(inputs), toyModel(), new RandomStream(1, 'arm')];
  const windows = sequenceWindows(train, { ...shape, sequences: train.length }, stream.child('windows'));
  // the last windows are those of the shortest sequences
  const last = { ids: windows.ids.slice(-shape.sequences * TOY_LENGTH), weights: windows.weights.slice(-shape.sequences * TOY_LENGTH) };
  const data = randomSynthetic(shape, last, stream.child('synthetic'));
  return {
    ...{ engine, train, stream, length: TOY_LENGTH, maskSeen: true, listLength: 0 },
    occurrences: occurrencesOf(train, TOY_VOCABULARY),
    synthetic: { distilled: data, initial: data, bytes: 50 },
    teacher: needsTeacher ? teacherView(engine, model, initialParameters(model.layout, stream.child('teacher')), TOY_LENGTH) : undefined,
  };
}
