using Trireme.Inference.Generation;
using Trireme.Inference.Grammars.Matching;

namespace Trireme.Inference.Tests.Grammars;

public sealed class GrammarTextTests
{
    private const string Arithmetic = """
        # a small calculator
        root  ::= (expr "=" ws term "\n")+
        expr  ::= term ([-+*/] term)*
        term  ::= ident | num | "(" ws expr ")" ws
        ident ::= [a-z] [a-z0-9_]* ws
        num   ::= [0-9]+ ws
        ws    ::= [ \t\n]*
        """;

    private const string Sql = """
        root ::= select_statement

        select_statement ::= "SELECT " column " from " table " where " condition

        column ::= "col_1 " | "col_2 "
          | "col_3 "
        table ::= "table_1 " | "table_2 "
        condition ::= column "= " number
        number ::= "1 " | "2 "
        """;

    private const string Lark = """
        // what a list may be
        start: list
        ?list: "[" [value ("," value)*] "]"
        value: NUMBER -> number
             | ESCAPED_STRING
             | /tr[u]e|false/i
             | list
        A: "a".."c" ~ 2..3
        %import common.NUMBER
        %import common (ESCAPED_STRING, WS)
        %ignore WS
        """;

    [Theory]
    [InlineData("alternatives", """root ::= "yes" | "no" """, "yes|no", "|maybe|yesno")]
    [InlineData("arithmetic", Arithmetic, "a+1=2\n|(b_2 *(3))= 4\n1=1\n", "a+1|=2\n|a+=1\n")]
    [InlineData("vLLM's example", Sql, "SELECT col_1  from table_1  where col_3 = 2 ", "SELECT col_4  from table_1  where col_1 = 1 ")]
    [InlineData(
        "counts, classes and escapes", """root ::= [^a-c\x41]{2} "\u00e9\"" .? ("x" | ){1,2}""", "zzé\"|ddé\"?x|ddé\"xx",
        "aaé\"|Azé\"|zé\"")]
    [InlineData("recursion", """root ::= "(" root ")" | "" """, "|()|((()))", "(|(()")]
    [InlineData("recursion on the left", """root ::= root "+" n | root "-" n | n """ + "\nn ::= [0-9]+", "1|1+2|1+2-33", "+1|1+|")]
    [InlineData(
        "a name with a dash and rules in any order", "item ::= [a-z]\nroot ::= item-list\nitem-list ::= item (\",\" item)*", "a|a,b",
        "a,|")]
    [InlineData("Lark", Lark, "[]|[1, 2.5 ,\"a\\\"b\"]| [ TRUE,[false] ]", "[1|[,]|[tru]")]
    [InlineData("Lark's choices and recursion on the left", "start: e\ne: e \"+\" N | N\nN: /[0-9]/", "1|1+2+3", "+|1+|12")]
    [InlineData("Lark's repetitions", "start: \"a\"~2 \"b\" ~ 1..2 \"C\"i?\n", "aab|aabbc|aabC", "ab|aabbb|aabcc")]
    [InlineData("Lark's priorities and imports by another name", "start.2: (W | \"-\")+\n%import common.WORD -> W", "a-b|abc", "1|")]
    public void Texts_of(string sentence, string grammar, string accepted, string refused)
    {
        CompiledGrammar compiled = TestGrammars.Compile(OutputConstraint.Grammar(grammar));
        foreach (string text in accepted.Split('|')) Assert.True(compiled.Accepts(text), $"{sentence}: {text} is refused.");
        foreach (string text in refused.Split('|')) Assert.False(compiled.Accepts(text), $"{sentence}: {text} is accepted.");
    }

    [Theory]
    [InlineData("root ::= (", "has a '(' without its ')'")]
    [InlineData("root ::= other", "uses the rule 'other' (line 1), which it does not define")]
    [InlineData("other ::= \"a\"", "no rule named root")]
    [InlineData("root ::= \"a", "without its second one (line 1)")]
    [InlineData("root ::= a\na ::= b\nb ::= a \"x\" | \"y\"", "A rule of the grammar refers to itself with nothing in between")]
    [InlineData("root ::= \"a\"\nroot ::= \"b\"", "defines the rule 'root' twice (line 2)")]
    [InlineData("root ::= \"a\"\n= 3", "(line 2)")]
    [InlineData("root ::= \"a\"{3,2}", "the wrong way round")]
    [InlineData("begin: \"a\"", "no rule named start")]
    [InlineData("start: x\n%import common.NOTHING -> x", "imports common.NOTHING, which is not known")]
    [InlineData("start: \"a\"\n%declare B", "holds a directive that is not supported")]
    [InlineData("start: f{\"a\"}", "holds a template")]
    [InlineData("start: /a/s", "holds the flags 's'")]
    [InlineData("start: %json {}", "holds a directive that is not supported")]
    public void What_is_no_grammar_is_refused_with_its_line(string grammar, string expected) =>
        Assert.Contains(expected, TestGrammars.Refusal(OutputConstraint.Grammar(grammar)), StringComparison.Ordinal);

    [Fact]
    public void A_model_without_sense_keeps_to_the_grammar_and_ends_in_time()
    {
        foreach (string text in new[] { Arithmetic, Sql, Lark })
        {
            CompiledGrammar grammar = TestGrammars.Compile(OutputConstraint.Grammar(text));
            var random = new Random(4);
            for (int i = 0; i < 60; i++)
            {
                (string written, _) = TestGrammars.Write(grammar, random, grammar.ShortestTokens + random.Next(60));
                Assert.True(grammar.Accepts(written), written);
            }
        }
    }

    [Fact]
    public void Mutated_grammars_are_read_or_refused_and_never_crash()
    {
        var random = new Random(9);
        const string Fragments = "( ) [ ] { } | ::= : root start \"a\" 'b' /c/ [a-z] * + ? {2,3} ~ 2 -> %ignore # // \\ \n A b";
        for (int i = 0; i < 1_500; i++)
        {
            string text = Trireme.Inference.Tests.Formats.Mutation.Of(i % 3 == 0 ? Lark : i % 3 == 1 ? Sql : Arithmetic, random, Fragments);
            try
            {
                TestGrammars.Compile(OutputConstraint.Grammar(text));
            }
            catch (Inference.Grammars.GrammarException exception)
            {
                Assert.NotEqual("", exception.Message);
            }
        }
    }
}
