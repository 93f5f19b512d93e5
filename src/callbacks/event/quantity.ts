const DIGIT_0 = 0x30;

/**
 * Whether the text of a number is a whole number above zero, judged by its digits: `20`, `20.0` and `2e1` are, and `20.00000000000000000001`
 * is not, although it becomes 20 as a number.
 */
export function isPositiveInteger(quantityText: string): boolean {
  if (quantityText.startsWith('-')) return false;
  const [mantissa = '', exponent = '0'] = quantityText.toLowerCase().split('e');
  const [whole = '', fraction = ''] = mantissa.split('.');
  const digits = whole + fraction;
  let last = digits.length;
  while (last > 0 && digits.charCodeAt(last - 1) === DIGIT_0) last -= 1;
  // The last digit that is not zero stands so many places left of the decimal point.
  const places = whole.length + Number(exponent) - last;
  return last > 0 && places >= 0;
}
