using System.Text;
using Trireme.Inference.Templates;
using Trireme.Inference.Tests.Formats;
using Trireme.Testing;

namespace Trireme.Inference.Tests.Templates;

public sealed class FuzzTests
{
    private const string Fragments =
        "{{ }} {% %} {# #} {%- -%} {{- -}} ( ) [ ] { } | . , : ~ + - * / // ** % == != < > if else elif endif for endfor in not and or "
        + "is set macro endmacro loop messages content range(9) namespace(a=1) [::-1] [-1] .items() | tojson | length | join "
        + "with endwith filter endfilter call endcall caller() recursive loop([]) cycler(1,2) joiner() loop.changed(1) "
        + "'%s' '%(a)05.2f' '{:>9}' "
        + "| format(1) .format(1) | groupby(0) | batch(2) | slice(2) | round(1) | truncate(3) {1:2} (a,(b,c)) *[1] **{} .partition('a') "
        + "| map('upper') | sort 0 1 -1 9223372036854775807 1e308 '' \"x\" none true \\";

    [Fact]
    public void Mutated_templates_render_or_are_refused_and_never_crash()
    {
        string root = Repository.PathOf("tests", "Trireme.Inference.Tests", "Templates", "Golden");
        (string Template, ChatTemplateInput[] Inputs)[] cases = [.. Directory.EnumerateDirectories(root).Order().Select(folder => (
            File.ReadAllText(Path.Combine(folder, "template.jinja")),
            Directory.EnumerateFiles(folder, "*.json").Order().Select(file => Conversations.Read(File.ReadAllText(file))).ToArray()))];
        var random = new Random(29);
        int rendered = 0;
        int rounds = FuzzRounds.Of(3000);
        for (int i = 0; i < rounds; i++)
        {
            (string template, ChatTemplateInput[] inputs) = cases[i % cases.Length];
            string[] lines = template.Split('\n');
            int from = random.Next(lines.Length);
            string part = i % 3 == 0 ? template : string.Join('\n', lines.AsSpan(from, random.Next(1, lines.Length - from + 1)));
            try
            {
                ChatTemplate.Parse(Mutation.Of(part, random, Fragments)).Render(inputs[random.Next(inputs.Length)]);
                rendered++;
            }
            catch (ChatTemplateException)
            {
                // Refusing is the other right answer.
            }
        }

        Assert.InRange(rendered, rounds / 10, rounds * 29 / 30);
    }

    [Fact]
    public void Random_expressions_evaluate_or_are_refused_and_never_crash()
    {
        string[] fragments = Fragments.Split(' ');
        var random = new Random(31);
        ChatTemplateInput input = Conversations.Read("""{"messages":[{"role":"user","content":"hello"}]}""");
        int rendered = 0;
        for (int i = 0; i < 20_000; i++)
        {
            var expression = new StringBuilder();
            for (int parts = random.Next(1, 7); parts > 0; parts--)
            {
                expression.Append(fragments[random.Next(8, fragments.Length)]).Append(' ');
            }

            try
            {
                ChatTemplate.Parse("{{ " + expression + " }}").Render(input);
                rendered++;
            }
            catch (ChatTemplateException)
            {
                // Refusing is the other right answer.
            }
        }

        Assert.InRange(rendered, 100, 19_000);
    }
}
