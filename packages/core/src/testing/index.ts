/**
 * Conformance suites that plugin authors run in their own tests. They are plain asynchronous functions that throw with
 * a message that says what is wrong, so they work in any test runner.
 *
 * @module @farzi/core/testing
 */

export { ConformanceError } from './assert.js';
export { checkModel, type ModelCheckOptions } from './model.js';
export { checkDataset } from './dataset.js';
export { checkMetric } from './metric.js';
export { checkOptimizer, type OptimizerCheckOptions } from './optimizer.js';
export { checkEngine } from './engine.js';
export { checkMetaOptimizer, type MetaOptimizerCheckOptions } from './meta-optimizer.js';
export { checkInitialisation, type InitialisationCheckOptions } from './initialisation.js';
export { checkArm, type ArmCheckOptions } from './arm.js';
export { checkReporter } from './reporter.js';
export { checkTrajectory, type TrajectoryCheckOptions } from './trajectory.js';
export { checkCodec, type CodecCheckOptions } from './codec.js';
export { checkSchedule, type ScheduleCheckOptions } from './schedule.js';
export { checkStore, type StoreCheckOptions } from './store.js';
export { checkExecutor, type ExecutorCheckOptions } from './executor.js';
