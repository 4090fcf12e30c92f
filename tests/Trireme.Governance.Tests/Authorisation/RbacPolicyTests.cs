using Trireme.Contracts.Identity;
using Trireme.Contracts.Resources;
using Trireme.Governance.ApiKeys;
using Trireme.Governance.Authorisation;

namespace Trireme.Governance.Tests.Authorisation;

/// <summary>What role-based access control decides, and that it decides the same however the roles came to be what they are.</summary>
public sealed class RbacPolicyTests
{
    private static readonly string[] Names = ["a", "b", "c"];

    [Theory]
    [InlineData("/metrics", "/metrics", true)]
    [InlineData("/metrics", "/metrics/slis", false)]
    [InlineData("/metrics/*", "/metrics/slis", true)]
    [InlineData("/metrics*", "/metrics", true)]
    [InlineData("*", "/anything", true)]
    [InlineData("/api/*", "/api", false)]
    public void A_path_is_allowed_by_itself_or_by_a_star_at_the_end(string pattern, string path, bool allowed)
    {
        RbacPolicy policy = With(new PolicyRule { Verbs = ["get"], NonResourceURLs = [pattern] });
        Assert.Equal(allowed, policy.Decide(new AccessRequest { User = User("ann"), Verb = "get", Path = path }).IsAllowed);
    }

    [Fact]
    public void A_rule_of_resources_allows_no_path_and_a_rule_of_paths_no_resource()
    {
        RbacPolicy resources = With(new PolicyRule { Verbs = ["*"], ApiGroups = ["*"], Resources = ["*"] });
        Assert.False(resources.Decide(new AccessRequest { User = User("ann"), Verb = "get", Path = "/metrics" }).IsAllowed);
        RbacPolicy paths = With(new PolicyRule { Verbs = ["*"], NonResourceURLs = ["*"] });
        Assert.False(paths.Decide(Get("ann", "", "pods")).IsAllowed);
    }

    [Fact]
    public void An_api_key_may_use_the_services_of_its_namespace_and_no_others()
    {
        UserInfo key = new ApiKeyIdentity("shop", "abcdefgh", "a key").User;
        var request = new AccessRequest
        {
            User = key,
            Verb = "infer",
            Group = TriremeApi.Group,
            Resource = "modelservices",
            Namespace = "shop",
            Name = "tiny",
        };
        var policy = new RbacPolicy();
        Assert.True(policy.Decide(request).IsAllowed);
        Assert.False(policy.Decide(request with { Namespace = "other" }).IsAllowed);
        Assert.False(policy.Decide(request with { Verb = "get" }).IsAllowed);
        Assert.False(policy.Decide(request with { User = User("ann") }).IsAllowed);
    }

    [Fact]
    public void A_default_binding_is_not_widened_once_it_gives_another_role()
    {
        var policy = new RbacPolicy();
        var wanted = (ClusterRoleBinding)policy.Defaults.Single(
            static one => one is ClusterRoleBinding { Metadata.Name: "system:basic-user" });
        ClusterRoleBinding own = wanted with { RoleRef = wanted.RoleRef! with { Name = "cluster-admin" }, Subjects = [] };
        Assert.Null(policy.Reconcile(own, wanted));
        var emptied = (ClusterRoleBinding)policy.Reconcile(wanted with { Subjects = [] }, wanted)!;
        Assert.Equal(wanted.Subjects, emptied.Subjects);
        Assert.Null(policy.Reconcile(wanted, wanted));
    }

    [Fact]
    public void Every_default_role_and_binding_is_one_that_the_server_would_take()
    {
        foreach (IResource one in new RbacPolicy().Defaults)
        {
            var errors = new Contracts.Validation.FieldErrors();
            ((Contracts.Validation.IValidatable)one).Validate(errors);
            Assert.Empty(errors.Items);
        }
    }

    /// <summary>A seeded run of writes and removals; after each, all questions get the answers of a look at all bindings.</summary>
    [Theory]
    [InlineData(1)]
    [InlineData(2)]
    [InlineData(3)]
    [InlineData(4)]
    public void The_index_answers_as_a_look_at_every_binding_does(int seed)
    {
        var random = new Random(seed);
        var policy = new RbacPolicy();
        var present = new Dictionary<(string Kind, string Namespace, string Name), IResource>();
        for (int step = 0; step < 300; step++)
        {
            IResource next = RandomObject(random);
            (string, string, string) key = (next.Kind, next.Metadata.Namespace ?? "", next.Metadata.Name);
            if (random.Next(4) == 0 && present.Remove(key))
            {
                policy.Remove(next);
            }
            else
            {
                present[key] = next;
                policy.Put(next);
            }

            for (int i = 0; i < 10; i++)
            {
                AccessRequest request = RandomRequest(random);
                Assert.Equal(Expected(present.Values, request), policy.Decide(request).IsAllowed);
            }
        }
    }

    private static bool Expected(IEnumerable<IResource> present, AccessRequest request)
    {
        IResource[] all = [.. present];
        foreach (IRoleBinding binding in all.OfType<IRoleBinding>())
        {
            string place = binding.Metadata.Namespace ?? "";
            bool holds = place.Length == 0 || place == request.Namespace;
            bool meant = binding.Subjects!.Any(subject => subject.Kind switch
            {
                "User" => subject.Name == request.User.Name,
                "Group" => request.User.Groups.Contains(subject.Name),
                _ => request.User.Name == $"system:serviceaccount:{subject.Namespace ?? place}:{subject.Name}",
            });
            if (!holds || !meant) continue;
            IResource? role = Array.Find(all, one => one.Kind == binding.RoleRef!.Kind && one.Metadata.Name == binding.RoleRef.Name
                && (one is ClusterRole || one.Metadata.Namespace == place));
            IReadOnlyList<PolicyRule> rules = role switch { Role one => one.Rules!, ClusterRole one => one.Rules!, _ => [] };
            bool allows = rules.Any(rule => Has(rule.Verbs!, request.Verb) && Has(rule.Resources!, request.Resource)
                && (rule.ResourceNames is null || rule.ResourceNames.Contains(request.Name)));
            if (allows) return true;
        }

        return false;
    }

    private static bool Has(IReadOnlyList<string> values, string value) => values.Contains("*") || values.Contains(value);

    private static IResource RandomObject(Random random)
    {
        var metadata = new ObjectMeta { Name = One(random), Namespace = One(random) };
        var everywhere = new ObjectMeta { Name = One(random) };
        return random.Next(4) switch
        {
            0 => new Role { Metadata = metadata, Rules = RandomRules(random) },
            1 => new ClusterRole { Metadata = everywhere, Rules = RandomRules(random) },
            2 => new RoleBinding
            {
                Metadata = metadata,
                RoleRef = new RoleRef { Kind = random.Next(2) == 0 ? "Role" : "ClusterRole", Name = One(random) },
                Subjects = RandomSubjects(random),
            },
            _ => new ClusterRoleBinding
            {
                Metadata = everywhere,
                RoleRef = new RoleRef { Kind = "ClusterRole", Name = One(random) },
                Subjects = RandomSubjects(random, One(random)),
            },
        };
    }

    private static PolicyRule[] RandomRules(Random random) => [.. Enumerable.Range(0, random.Next(3)).Select(_ => new PolicyRule
    {
        Verbs = [random.Next(5) == 0 ? "*" : One(random)],
        ApiGroups = [""],
        Resources = [random.Next(5) == 0 ? "*" : One(random)],
        ResourceNames = random.Next(3) == 0 ? [One(random)] : null,
    })];

    private static Subject[] RandomSubjects(Random random, string? accountNamespace = null) =>
    [
        .. Enumerable.Range(0, random.Next(4)).Select(_ => random.Next(3) switch
        {
            0 => new Subject { Kind = Subject.User, Name = One(random) },
            1 => new Subject { Kind = Subject.Group, Name = One(random) },
            _ => new Subject { Kind = Subject.ServiceAccount, Name = One(random), Namespace = accountNamespace },
        }),
    ];

    private static AccessRequest RandomRequest(Random random)
    {
        string name = random.Next(2) == 0 ? One(random) : $"system:serviceaccount:{One(random)}:{One(random)}";
        return new AccessRequest
        {
            User = new UserInfo { Name = name, Groups = [One(random)] },
            Verb = One(random),
            Resource = One(random),
            Namespace = random.Next(4) == 0 ? "" : One(random),
            Name = One(random),
        };
    }

    private static string One(Random random) => Names[random.Next(Names.Length)];

    private static UserInfo User(string name) => new() { Name = name };

    private static AccessRequest Get(string user, string @namespace, string resource) =>
        new() { User = User(user), Verb = "get", Resource = resource, Namespace = @namespace };

    /// <summary>A policy in which ann has one rule everywhere.</summary>
    private static RbacPolicy With(PolicyRule rule)
    {
        var policy = new RbacPolicy();
        policy.Put(new ClusterRole { Metadata = new ObjectMeta { Name = "r" }, Rules = [rule] });
        policy.Put(new ClusterRoleBinding
        {
            Metadata = new ObjectMeta { Name = "b" },
            RoleRef = new RoleRef { Kind = "ClusterRole", Name = "r" },
            Subjects = [new Subject { Kind = Subject.User, Name = "ann" }],
        });
        return policy;
    }
}
