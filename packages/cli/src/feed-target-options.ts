/** The options that name the feed which a command is about. */
import type { Command } from 'commander';

export const addFeedTarget = (command: Command): Command =>
  command
    .option('--feed <name>', 'the feed, on the fleet of this machine')
    .option('--url <url>', 'URL of the feed, instead of --feed');
