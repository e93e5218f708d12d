// Logits to numbers, exactly: svhn_lib/reading/decoding.py, for nets with a length head. Logits of
// one number are { length: [...], digits: [[...], ...] }.

/** The mean of the logits of several views of one number. */
function meanLogits(views) {
  const mean = (lists) => Array.from(lists[0], (_, place) =>
    sum(lists.map((one) => one[place])) / lists.length);
  return {
    length: mean(views.map((one) => one.length)),
    digits: views[0].digits.map((_, place) => mean(views.map((one) => one.digits[place]))),
  };
}

/** The best numbers with their probabilities, best first: [text, probability]; null for no number.
 *  Digits are independent given the length, so the best of a length extend the best prefixes. */
function candidates(logits, count, temperature) {
  const cooled = (values) => logSoftmax(Array.from(values, (one) => one / temperature));
  const ends = cooled(logits.length);
  const digits = logits.digits.map((one) => cooled(one.slice(0, RULES.maps.BLANK)));
  const byScore = (a, b) => b.score - a.score;
  const found = [{ text: null, score: ends[0] }];
  let prefixes = [{ text: "", score: 0 }];
  digits.slice(0, ends.length - 1).forEach((scores, place) => {
    prefixes = prefixes
      .flatMap(({ text, score }) => scores.map((one, digit) => ({ text: text + digit, score: score + one })))
      .sort(byScore)
      .slice(0, count);
    for (const { text, score } of prefixes) found.push({ text, score: score + ends[place + 1] });
  });
  return found.sort(byScore).slice(0, count).map(({ text, score }) => [text, Math.exp(score)]);
}
