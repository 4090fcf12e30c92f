using System.CommandLine;
using Trireme.Commands;

namespace Trireme.Tests.Commands;

[Collection("commands")]
public sealed class UsageErrorsTests
{
    /// <summary>Every command that does something, as the words that select it.</summary>
    public static TheoryData<string> Paths => [.. Leaves(TriremeCommand.Create(), "")];

    [Theory]
    [MemberData(nameof(Paths))]
    public void A_command_refuses_a_slip_in_each_of_its_options_with_the_one_that_was_meant(string path)
    {
        Command command = Find(path);
        foreach (Option option in command.Options.Where(option => option.Name.StartsWith("--", StringComparison.Ordinal)))
        {
            string slip = option.Name.Remove(3, 1) + "q";
            IReadOnlyList<string> errors = Errors([.. path.Split(' '), .. Words(command), slip, "0"]);
            string error = Assert.Single(errors);
            Assert.StartsWith($"there is no option {slip}", error, StringComparison.Ordinal);
            Assert.Contains("did you mean --", error, StringComparison.Ordinal);
        }
    }

    [Theory]
    [MemberData(nameof(Paths))]
    public void A_command_refuses_an_option_that_resembles_none(string path)
    {
        string[] words = [.. path.Split(' '), .. Words(Find(path))];
        foreach (string option in (string[])["-Z", "--qqqqqqqqqqqqqqqq", "--qqqqqqqqqqqqqqqq=1"])
        {
            Assert.StartsWith($"there is no option {option.Split('=')[0]}", Errors([.. words, option])[0], StringComparison.Ordinal);
        }
    }

    [Theory]
    [InlineData("load --service tiny --for 0s", "--for: must be longer than 0s.")]
    [InlineData("chat tiny --tmperature 0", "there is no option --tmperature; did you mean --temperature?")]
    [InlineData("chat tiny Hi --tmperature=0", "there is no option --tmperature; did you mean --temperature?")]
    [InlineData("chat tiny --system --sede 7", "there is no option --sede; did you mean --seed?")]
    [InlineData("get ms --nonsense", "there is no option --nonsense; a word that begins with a hyphen goes behind \"--\"")]
    [InlineData("train", "--filename is missing: TrainingJob manifest.")]
    [InlineData("load", "--service is missing: Name of the ModelService.")]
    [InlineData("chta tiny", "there is no command \"chta\"; did you mean chat?")]
    [InlineData("rollout statu tiny", "there is no command \"statu\"; did you mean status?")]
    [InlineData("version now", "\"now\" is one word too many")]
    [InlineData("load --service tiny --rps abc", "--rps: \"abc\" is not a number from 0.001 to 100000.")]
    [InlineData("load --service tiny --rps NaN", "--rps: \"NaN\" is not a number from 0.001 to 100000.")]
    [InlineData("model fit m --streams 0", "--streams: \"0\" is not a whole number of at least 1.")]
    [InlineData("model fit m --streams 1.5", "--streams: \"1.5\" is not a whole number of at least 1.")]
    [InlineData("worker --model m --port 65536", "--port: \"65536\" is not a whole number from 0 to 65535.")]
    [InlineData("chat tiny --max-tokens 99999999999", "--max-tokens: \"99999999999\" is not a whole number of at least 1.")]
    [InlineData("get releases -o xml", "--output: \"xml\" is not one of table, wide, json, yaml, name.")]
    [InlineData("version -o wide", "--output: \"wide\" is not one of table, json, yaml.")]
    [InlineData(
        "chat tiny hi -n team",
        "there is no option -n; the API key decides the namespace, and \"trireme key create PURPOSE -n NAME\" makes one for --api-key")]
    [InlineData(
        "get", "KIND [NAME...] is missing: What to show, such as \"modelservices\", \"msvc tiny\" or \"releases/tiny-v1\".")]
    [InlineData("key delete", "ID is missing: The eight characters after trk_, or the whole key.")]
    [InlineData("get ms -n", "--namespace: the value is missing")]
    [InlineData("worker --model m --lora-modules", "--lora-modules: the value is missing")]
    [InlineData("apply -f x --wait --dry-run", "--wait: --dry-run stores nothing to wait for.")]
    [InlineData("apply -f x --dry-run=client --wait", "--wait: --dry-run stores nothing to wait for.")]
    [InlineData("apply -f x --dry-run=cleint", "--dry-run: \"cleint\" is not one of none, server, client.")]
    [InlineData("get ms -o json -o yaml", "--output: takes one value, and \"json\" and \"yaml\" are given")]
    [InlineData("completion fish2", "SHELL: \"fish2\" is not one of bash, zsh, fish.")]
    [InlineData("train -f x --progress none", "--progress: \"none\" is not one of auto, plain, json.")]
    [InlineData("undo tiny", "there is no command \"undo\"; did you mean rollout undo?")]
    [InlineData("quantize m --output-file x --nonsense", "there is no command \"quantize\"; did you mean model quantize?")]
    [InlineData("serve", "there is no command \"serve\"; did you mean up?")]
    [InlineData(
        "scale ms tiny --replicas 2",
        "there is no command \"scale\"; \"kubectl scale\" works on the same objects with the kubeconfig that \"trireme up\" prints; "
            + "\"trireme apply -f FILE\" changes them from a file")]
    [InlineData(
        "rollout scale tiny --replicas 2",
        "there is no command \"scale\"; known commands: status, history, undo, promote, restart, waves")]
    [InlineData("logs ../../../etc", "SERVICE|REPLICA: \"../../../etc\": resource name may not contain \"/\".")]
    [InlineData("rollout undo releases/tiny-v1", "SERVICE: \"releases/tiny-v1\" is a release; name a modelservice.")]
    [InlineData("logs cm/tiny", "SERVICE|REPLICA: \"cm/tiny\" is a configmap; name a modelservice or a modelreplica or a pod.")]
    [InlineData("--version get", "--version stands alone")]
    public void A_wrong_line_says_what_was_meant(string line, string expected) => Assert.Equal([expected], Errors(line.Split(' ')));

    /// <summary>Each option of each command that has a value, twice: the parser's own words name nothing that was typed.</summary>
    [Theory]
    [MemberData(nameof(Paths))]
    public void A_command_refuses_an_option_that_is_given_twice(string path)
    {
        Command command = Find(path);
        foreach (Option option in ValuedOptions(command).Where(option => option.Arity.MaximumNumberOfValues == 1))
        {
            IReadOnlyList<string> errors = Errors([.. path.Split(' '), .. Words(command), $"{option.Name}=1", $"{option.Name}=2"]);

            // One that the command refuses with the others as they are is told as that, however often it stands there.
            if (errors.SequenceEqual(Errors([.. path.Split(' '), .. Words(command), $"{option.Name}=1"]))) continue;
            Assert.Contains($"{option.Name}: takes one value, and \"1\" and \"2\" are given", errors);
        }
    }

    /// <summary>Each word and option of each command, empty as a shell leaves a variable that is not set.</summary>
    [Theory]
    [MemberData(nameof(Paths))]
    public void A_command_refuses_an_empty_value_and_names_it(string path)
    {
        Command command = Find(path);
        foreach (Option option in ValuedOptions(command))
        {
            if (option.Name is "--selector" or "--system") continue;
            IReadOnlyList<string> errors = Errors([.. path.Split(' '), .. Words(command), option.Name, ""]);
            Assert.Contains(errors, error => error.StartsWith($"{option.Name}: ", StringComparison.Ordinal));
        }

        foreach (Argument argument in command.Arguments)
        {
            IEnumerable<string> words = command.Arguments.Select(one => one == argument ? "" : "bash");
            string name = argument.HelpName ?? argument.Name;
            Assert.Contains(
                Errors([.. path.Split(' '), .. words]), error => error.StartsWith($"{name}: ", StringComparison.Ordinal));
        }
    }

    /// <summary>Each word or option that takes a name, in the place of which NAME stands, and how errors call it.</summary>
    public static TheoryData<string, string> Names => new()
    {
        { "delete configmap NAME", "KIND NAME..." },
        { "delete configmap tiny NAME", "KIND NAME..." },
        { "delete configmap/NAME", "KIND NAME..." },
        { "get configmap NAME", "KIND [NAME...]" },
        { "get ms/tiny ms/NAME", "KIND [NAME...]" },
        { "describe configmap NAME", "KIND NAME..." },
        { "logs NAME", "SERVICE|REPLICA" },
        { "rollout status NAME", "SERVICE" },
        { "rollout history NAME", "SERVICE" },
        { "rollout promote NAME", "SERVICE" },
        { "rollout undo NAME", "SERVICE" },
        { "rollout restart NAME", "SERVICE" },
        { "rollout waves NAME", "FLEETROLLOUT" },
        { "rollout undo ms/NAME", "SERVICE" },
        { "rollout undo tiny --to NAME", "--to" },
        { "release diff NAME tiny-v1", "FROM" },
        { "release diff tiny-v1 NAME", "TO" },
        { "get configmap --namespace NAME", "--namespace" },
        { "delete configmap tiny --namespace NAME", "--namespace" },
        { "describe configmap tiny --namespace NAME", "--namespace" },
        { "apply -f x --namespace NAME", "--namespace" },
        { "logs tiny --namespace NAME", "--namespace" },
        { "rollout status tiny --namespace NAME", "--namespace" },
        { "release diff a b --namespace NAME", "--namespace" },
        { "key list --namespace NAME", "--namespace" },
    };

    [Theory]
    [MemberData(nameof(Names))]
    public void A_name_that_would_lead_to_something_else_is_refused(string line, string where)
    {
        foreach ((string name, string fault) in (ReadOnlySpan<(string, string)>)
            [
                ("", "may not be empty"), (".", "may not be \".\""), ("..", "may not be \"..\""), ("%2e", "may not contain \"%\""),
                ("foo/../bar", "may not contain \"/\""),
            ])
        {
            string[] words = [.. line.Split(' ').Select(word => word.Replace("NAME", name, StringComparison.Ordinal))];

            Assert.Equal([$"{where}: \"{name}\": resource name {fault}."], Errors(words));
        }
    }

    [Theory]
    [InlineData("chat NAME", "SERVICE")]
    [InlineData("chat NAME Hello", "SERVICE")]
    [InlineData("load --service NAME", "--service")]
    public void A_model_without_a_name_is_refused_and_one_of_another_server_passes(string line, string where)
    {
        string[] words = line.Split(' ');
        Assert.Equal([$"{where}: \"\": resource name may not be empty."], Errors([.. words.Select(word => word == "NAME" ? "" : word)]));
        Assert.Empty(Errors([.. words.Select(word => word == "NAME" ? "org/model" : word)]));
    }

    [Theory]
    [InlineData("--data-dir X chat tiny", "--data-dir belongs behind the command: trireme chat tiny --data-dir X")]
    [InlineData("--data-dir=X chat tiny -- --hi", "--data-dir belongs behind the command: trireme chat tiny --data-dir=X -- --hi")]
    [InlineData("-n team get ms", "-n belongs behind the command: trireme get ms -n team")]
    [InlineData("rollout -n team status tiny", "-n belongs behind the command: trireme rollout status tiny -n team")]
    public void An_option_before_the_command_is_told_its_place(string line, string expected) =>
        Assert.Equal([expected], Errors(line.Split(' ')));

    [Fact]
    public void Several_options_before_the_command_are_shown_in_one_line() => Assert.Equal(
        [
            "--data-dir belongs behind the command: trireme get ms --data-dir 'a b' -A",
            "-A belongs behind the command: trireme get ms --data-dir 'a b' -A",
        ],
        Errors(["--data-dir", "a b", "-A", "get", "ms"]));

    [Theory]
    [InlineData("chat tiny -- --tmperature 0")]
    [InlineData("chat tiny --seed -5 -1 is a number")]
    [InlineData("chat tiny --system=--terse Hello")]
    [InlineData("chat tiny @nobody said hello")]
    [InlineData("chat tiny a - b -- c")]
    [InlineData("get -oyaml -n team releases")]
    [InlineData("load --service tiny --rps 0.5")]
    [InlineData("apply -f x --dry-run")]
    [InlineData("apply -f x --dry-run=client")]
    [InlineData("apply -f x --dry-run=none --wait")]
    [InlineData("rollout status modelservice.trireme.dev/tiny")]
    [InlineData("logs pod/tiny-abc")]
    [InlineData("chat --help --nonsense")]
    [InlineData("[suggest:9] get --nons")]
    public void A_right_line_passes(string line) => Assert.Empty(Errors(line.Split(' ')));

    [Fact]
    public void A_word_with_blanks_is_no_option() => Assert.Empty(Errors(["chat", "tiny", "-be terse, --please"]));

    private static IEnumerable<Option> ValuedOptions(Command command) =>
        command.Options.Where(option => option.Arity.MaximumNumberOfValues > 0 && option.ValueType != typeof(bool));

    internal static IEnumerable<string> Leaves(Command command, string path) => command.Subcommands.Count == 0
        ? [path.TrimStart()]
        : command.Subcommands.SelectMany(sub => Leaves(sub, $"{path} {sub.Name}"));

    internal static Command Find(string path) =>
        path.Split(' ').Aggregate((Command)TriremeCommand.Create(), (command, name) => command.Subcommands.Single(sub => sub.Name == name));

    private static IReadOnlyList<string> Errors(string[] arguments) =>
        UsageErrors.Of(TriremeCommand.Create(arguments).Parse(arguments, TriremeCommand.Parsing), arguments);

    /// <summary>As many words as the command needs, and one more where it takes any number.</summary>
    private static IEnumerable<string> Words(Command command) =>
        command.Arguments.SelectMany(argument => Enumerable.Repeat("bash", argument.Arity.MaximumNumberOfValues > 1 ? 2 : 1));
}
