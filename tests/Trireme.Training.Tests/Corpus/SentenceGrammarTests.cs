using Trireme.Training.Corpus;

namespace Trireme.Training.Tests.Corpus;

public class SentenceGrammarTests
{
    private static readonly WordTable Animals = WordTable.Parse(
        "animals",
        "animal | plural | g | sound\ndog | dogs | m | woof\nowl | owls | f | hoot\nfish | fish | any | -");
    private static readonly WordTable Names = WordTable.Parse("names", "name | g | he\nTom | m | he\nAnna | f | she");

    [Fact]
    public void A_variable_keeps_its_word_through_the_whole_text()
    {
        for (ulong seed = 0; seed < 50; seed++)
        {
            string[] words = Expand("story:\n  {a:animals} <rest>\nrest:\n  {a} {a.plural}", seed).ToLowerInvariant().Split(' ');
            Assert.Equal(words[0], words[1]);
            Assert.StartsWith(words[0], words[2]);
        }
    }

    [Fact]
    public void Two_variables_of_one_table_are_two_things()
    {
        for (ulong seed = 0; seed < 50; seed++)
        {
            string[] words = Expand("story:\n  {a:animals} {b:animals} {c:animals}", seed).ToLowerInvariant().Split(' ');
            Assert.Equal(3, words.Distinct().Count());
        }
    }

    [Fact]
    public void A_condition_draws_only_rows_that_agree()
    {
        for (ulong seed = 0; seed < 50; seed++)
        {
            string text = Expand("story:\n  {a:animals(sound)} {n:names(g=a.g)} {n.he}", seed);
            Assert.True(text is "Dog Tom he" or "Owl Anna she", text);
        }
    }

    [Fact]
    public void Any_agrees_with_every_value()
    {
        const string Rules = "story:\n  {f:animals(plural=fish)} {n:names(g=f.g)}";
        HashSet<string> names = [.. Enumerable.Range(0, 50).Select(seed => Expand(Rules, (ulong)seed))];
        Assert.Equal(["Fish Anna", "Fish Tom"], names.Order());
    }

    [Fact]
    public void Every_choice_and_every_alternative_comes_up()
    {
        HashSet<string> texts = [.. Enumerable.Range(0, 100).Select(seed => Expand("story:\n  x[a|b[c|]|]\n  y", (ulong)seed))];
        Assert.Equal(["X", "Xa", "Xb", "Xbc", "Y"], texts.Order());
    }

    [Fact]
    public void A_forgotten_variable_is_drawn_anew()
    {
        HashSet<string> texts = [.. Enumerable.Range(0, 100).Select(seed => Expand("story:\n  {a:animals} {-a}{a:animals}", (ulong)seed))];
        Assert.Contains("Dog owl", texts);
    }

    [Theory]
    [InlineData("story:\n  {a:animals", "'{' without '}'")]
    [InlineData("story:\n  [a|b", "'[' without ']'")]
    [InlineData("story:\n  a]", "Unexpected ']'")]
    [InlineData("story:\n  <other>", "<other>, which does not exist")]
    [InlineData("story:\n  [x|{a:plants}]", "table plants, which does not exist")]
    [InlineData("story:\nother:\n  x", "Rule story has no alternative")]
    [InlineData("story:\n  x\nstory:\n  y", "Rule story is there twice")]
    [InlineData("story:\n  {a}", "used before it is drawn")]
    [InlineData("story:\n  {a:animals.size}", "no column \"size\"")]
    [InlineData("story:\n  {a:animals(plural=fish).sound}", "has no sound")]
    [InlineData("story:\n  {a:animals(sound=moo)}", "no row whose sound is \"moo\"")]
    public void A_mistake_in_a_rule_is_named(string rules, string message)
    {
        FormatException exception = Assert.Throws<FormatException>(() => Expand(rules, 1));
        Assert.Contains(message, exception.Message, StringComparison.Ordinal);
    }

    [Fact]
    public void A_row_with_a_missing_cell_is_named()
    {
        FormatException exception = Assert.Throws<FormatException>(() => WordTable.Parse("t", "a | b\nx"));
        Assert.Contains("\"x\" has 1 cells, not 2", exception.Message, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("a owl saw a dog.", "An owl saw a dog.")]
    [InlineData("it is a unicorn. it has a umbrella.", "It is a unicorn. It has an umbrella.")]
    [InlineData("\"yes!\" said tom. \"no.\" a ant", "\"Yes!\" said tom. \"No.\" an ant")]
    [InlineData("who is it? it is me! good.", "Who is it? It is me! Good.")]
    [InlineData("ask >> answer. more", "Ask >> Answer. More")]
    [InlineData("3 plus 4", "3 plus 4")]
    public void Articles_and_capitals_follow_their_neighbours(string raw, string corrected) =>
        Assert.Equal(corrected, EnglishSpelling.Correct(raw));

    private static string Expand(string rules, ulong seed) =>
        new SentenceGrammar([Animals, Names], [rules]).Expand("story", [], new SeededRandom(seed));
}
