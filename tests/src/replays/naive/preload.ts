/**
 * Loaded by `--import` into the processes of the control run and of no other fleet: has the families default and v2 ask sources as it was
 * done in 2013. Whatever else a process does stays as it is.
 */
const { FEEDFLEET_INSTANCE: instance = '', NAIVE_SOURCE_MS = '', NAIVE_WORKERS = '' } = process.env;

if (/^(?:default|v2)-/.test(instance)) {
  const { NaiveFanOut } = await import('./naive-fan-out.ts');
  const { FEEDFLEET_DATA_FOLDER, FEEDFLEET_FLEET_SECRET, FEEDFLEET_BALANCER_URL } = process.env;
  new NaiveFanOut({
    instance,
    dataFolder: FEEDFLEET_DATA_FOLDER ?? '',
    fleetSecret: FEEDFLEET_FLEET_SECRET ?? '',
    balancerUrl: FEEDFLEET_BALANCER_URL ?? '',
    workers: Number(NAIVE_WORKERS),
    sourceMs: Number(NAIVE_SOURCE_MS),
  }).install();
}
