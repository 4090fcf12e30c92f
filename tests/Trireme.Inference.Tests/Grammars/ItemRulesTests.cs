using Trireme.Inference.Generation;
using Trireme.Inference.Grammars.Matching;

namespace Trireme.Inference.Tests.Grammars;

public sealed class ItemRulesTests
{
    [Fact]
    public void Items_stand_between_their_texts_up_to_their_number()
    {
        CompiledGrammar grammar = TestGrammars.Compile(OutputConstraint.Items(new ConstraintItems
        {
            Lead = "<",
            Items = [new("a", """{"const":1}""", "z", "one"), new("", "true", "", "any")],
            Separator = "; ",
            Tail = ">",
            CountMax = 2,
        }));

        Assert.True(grammar.Accepts("<a1z>"));
        Assert.True(grammar.Accepts("<a1z; a1z>"));
        Assert.True(grammar.Accepts("<[1, 2]; null>"));
        Assert.False(grammar.Accepts("<>"));
        Assert.False(grammar.Accepts("<a1>"));
        Assert.False(grammar.Accepts("<a1z;a1z>"));
        Assert.False(grammar.Accepts("<1; 2; 3>"));
    }

    [Theory]
    [InlineData("aab")]
    [InlineData("abab")]
    [InlineData("aaa")]
    [InlineData("b")]
    public void Free_text_goes_on_until_its_trigger_wherever_that_begins(string trigger)
    {
        CompiledGrammar grammar = TestGrammars.Compile(OutputConstraint.Items(new ConstraintItems
        {
            Trigger = trigger,
            Items = [new("", """{"const":1}""", "", "one")],
        }));
        var random = new Random(4);
        int accepted = 0;
        for (int i = 0; i < 5_000; i++)
        {
            string text = string.Concat(Enumerable.Range(0, random.Next(10)).Select(_ => "aab1é"[random.Next(5)]));
            bool expected = IsFree(text, trigger);
            Assert.True(grammar.Accepts(text) == expected, text);
            if (expected) accepted++;
        }

        Assert.InRange(accepted, 500, 4_990);
    }

    /// <summary>Every trigger is followed by the item, after which the text begins anew.</summary>
    private static bool IsFree(string text, string trigger)
    {
        int at = text.IndexOf(trigger, StringComparison.Ordinal);
        if (at < 0) return true;
        string rest = text[(at + trigger.Length)..];
        return rest.StartsWith('1') && IsFree(rest[1..], trigger);
    }
}
