export { samplePackage } from './sample-package.ts';
