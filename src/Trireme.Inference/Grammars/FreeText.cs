namespace Trireme.Inference.Grammars;

/// <summary>Any text up to some bytes that trigger what follows.</summary>
internal static class FreeText
{
    /// <summary>
    /// Adds the automaton of Knuth, Morris and Pratt: its nodes say how much of the trigger the text ends with.
    /// </summary>
    /// <param name="builder">The grammar.</param>
    /// <param name="trigger">At least one byte.</param>
    /// <param name="from">The node before the text.</param>
    /// <param name="end">Where a text without the trigger may end.</param>
    /// <param name="triggered">Where it goes on once the trigger has appeared.</param>
    public static void Add(GrammarBuilder builder, ReadOnlySpan<byte> trigger, int from, int end, int triggered)
    {
        var nodes = new int[trigger.Length + 1];
        for (int matched = 0; matched < trigger.Length; matched++) nodes[matched] = matched == 0 ? from : builder.AddNode();
        nodes[trigger.Length] = triggered;
        for (int matched = 0; matched < trigger.Length; matched++)
        {
            builder.Empty(nodes[matched], end);
            // One edge per run of bytes that lead to the same node.
            int first = 0;
            int target = Next(trigger, matched, 0);
            for (int value = 1; value <= byte.MaxValue + 1; value++)
            {
                int next = value > byte.MaxValue ? -1 : Next(trigger, matched, (byte)value);
                if (next == target) continue;
                builder.Bytes(nodes[matched], (byte)first, (byte)(value - 1), nodes[target]);
                (first, target) = (value, next);
            }
        }
    }

    /// <summary>How much of the trigger a text ends with that ended with so much of it before this byte.</summary>
    private static int Next(ReadOnlySpan<byte> trigger, int matched, byte value)
    {
        for (int length = matched + 1; length > 0; length--)
        {
            ReadOnlySpan<byte> before = trigger[(matched - length + 1)..matched];
            if (trigger[length - 1] == value && before.SequenceEqual(trigger[..(length - 1)])) return length;
        }

        return 0;
    }
}
