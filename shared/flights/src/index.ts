export { abortable } from './abortable.ts';
export { Flights } from './flights.ts';
