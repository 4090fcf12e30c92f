using Trireme.Telemetry.Patterns;

namespace Trireme.Telemetry.Tests.Patterns;

/// <summary>Which text each group has, as Go's regexp says, and how a template takes it.</summary>
public sealed class GroupReplacementTests
{
    public static TheoryData<string, string, string, string?> Cases => new()
    {
        // Named groups are counted with the others.
        { "(?P<n>a)(b)", "$1-$2-$n", "ab", "a-b-a" },
        { "(a)(?P<n>b)(c)", "$1$2$3", "abc", "abc" },
        { "(?<n>a)(?:b)(c)", "${n}${2}", "abc", "ac" },
        { "(?P<n>a)|(?P<n>b)", "[$n]", "b", "[b]" },
        { "(?P<b>b)?(?P<a>a)", "<$a$b>", "a", "<a>" },
        { "(?P<n1>a)", "$n1 ${n1}x $n1x", "a", "a ax " },
        { "(?P<1>a)(b)", "$1", "ab", "a" },

        // Earlier choices win, many before few.
        { "(a|ab)(c|bcd)(d*)", "$1,$2,$3", "abcd", "a,bcd," },
        { "(a+)(a*)", "$1,$2", "aaa", "aaa," },
        { "(a+?)(a*)", "$1,$2", "aaa", "a,aa" },
        { "(?U)(a+)(a*)", "$1,$2", "aaa", "a,aa" },
        { "(?U)(a+?)(a*)", "$1,$2", "aaa", "aaa," },
        { "(a{1,2}?)(a{0,2})(a*)", "$1,$2,$3", "aaaa", "a,aa,a" },
        { "(.*)-(.*)", "$1,$2", "a-b-c", "a-b,c" },
        { "(?i)(K)(.)", "$2$1", "\u212A😀", "😀\u212A" },

        // A group keeps its last round; one that took no part is empty.
        { "(?:(a)|(b))*", "[$1][$2]", "ab", "[a][b]" },
        { "(a|b)*", "$1", "ab", "b" },
        { "(a)|b", "[$1]", "b", "[]" },
        { "(a*)*", "[$1]", "aa", "[aa]" },
        { "(a*)+", "[$1]", "aa", "[aa]" },
        { "(|a)*", "[$1]", "aa", "[a]" },
        { "(|a)+", "[$1]", "aa", "[a]" },
        { "(a{0})b", "[$1]", "b", "[]" },
        { "((a)|b)*", "$1$2", "ab", "ba" },

        // Templates.
        { "(a)", "$$1 $ ${ ${1 $} ${} $1é $01 $2 $10 x$", "a", "$1 $ ${ ${1 $} ${}     x$" },
        { "a", "$0", "a", "a" },
        { "(.)(.)", "$2$1", "ab", "ba" },
        { "(.)", "${1}1$1_", "a", "a1" },
        { "a", "$1", "b", null },
    };

    [Theory]
    [MemberData(nameof(Cases))]
    public void Groups_are_as_in_Go(string pattern, string template, string value, string? expected) =>
        Assert.Equal(expected, GroupReplacement.Parse(pattern, template).Apply(value));

    [Fact]
    public void One_value_leaves_nothing_behind_for_the_next()
    {
        GroupReplacement replacement = GroupReplacement.Parse("(a)|(b)|(?:c|(d))*", "[$1$2$3]");
        Assert.Equal(["[a]", "[b]", "[]", "[d]", null, "[]"], Apply("a", "b", "c", "cd", "x", ""));

        IEnumerable<string?> Apply(params string[] values) => values.Select(value => replacement.Apply(value));
    }
}
