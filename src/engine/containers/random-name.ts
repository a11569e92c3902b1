/** Names for containers that were given none: two words, as in Docker. */
import { randomBytes } from '../../linux/random.ts';

const ADJECTIVES =
  'agile amber brave brisk calm clever cosy deft eager early fleet fond gentle glad golden handy happy keen kind lively lucid mellow merry mild neat nimble noble patient plucky polite proud quick quiet ready sharp shiny silent smart snug spry steady sunny swift tidy trusty vivid warm wise witty young'.split(
    ' ',
  );

const ANIMALS =
  'alpaca badger beaver bison buck bull calf camel colt cow deer dingo donkey drake elk ewe falcon fawn filly finch foal fox gander gecko goat goose hare hawk heron heifer hen horse kid lamb llama lynx mare mole mule mustang otter owl ox pony puma quail ram raven robin sheep stag steer stork swan yak'.split(
    ' ',
  );

/** A name for which `isFree` holds. */
export function randomName(isFree: (name: string) => boolean): string {
  for (let attempt = 0; ; attempt++) {
    const [first = 0, second = 0, third = 0] = randomBytes(3);
    const words = `${ADJECTIVES[first % ADJECTIVES.length]}_${ANIMALS[second % ANIMALS.length]}`;
    const name = attempt < 5 ? words : `${words}${third}`;
    if (isFree(name)) return name;
  }
}
