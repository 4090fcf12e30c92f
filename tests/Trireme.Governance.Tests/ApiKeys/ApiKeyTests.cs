using System.Security.Cryptography;
using System.Text;
using CsCheck;
using Trireme.Contracts.Identity;
using Trireme.Contracts.Resources;
using Trireme.Governance.ApiKeys;

namespace Trireme.Governance.Tests.ApiKeys;

public class ApiKeyTests
{
    private static readonly DateTimeOffset Now = new(2026, 1, 1, 12, 0, 0, TimeSpan.Zero);

    [Fact]
    public void A_new_key_identifies_its_tenant_and_name()
    {
        NewApiKey key = ApiKey.Create("team-a", "nightly batch", Now);
        ApiKeyDirectory directory = ApiKeyDirectory.Build([key.Secret, ApiKey.Create("team-b", "other", Now).Secret]);

        Assert.True(directory.TryIdentify(key.Plaintext, out ApiKeyIdentity? identity));
        string id = key.Plaintext.Substring(4, 8);
        Assert.Equal(("team-a", id, $"team-a/{id}"), (identity.Namespace, identity.KeyId, identity.Tenant));
        Assert.Equal($"apikey:team-a/{id}", identity.User.Name);
        Assert.Equal(["apikeys", "apikeys:team-a", "system:authenticated"], identity.User.Groups);
        Assert.Equal([id], identity.User.Extra["trireme.dev/api-key-id"]);
        Assert.Equal(["nightly batch"], identity.User.Extra["trireme.dev/api-key-name"]);
        Assert.Equal(2, directory.Count);
    }

    [Theory]
    [InlineData("team-a", true)]
    [InlineData("team-b", false)]
    [InlineData("team", false)]
    [InlineData("team-aa", false)]
    [InlineData("", false)]
    public void A_key_is_one_of_its_own_namespace_only(string keyNamespace, bool isKey)
    {
        UserInfo user = new ApiKeyIdentity("team-a", "id", "name").User;
        Assert.Equal(isKey, ApiKeyIdentity.IsKeyOf(user, keyNamespace));
        Assert.False(ApiKeyIdentity.IsKeyOf(user with { Groups = [WellKnownGroups.Authenticated, ApiKeyIdentity.Group] }, keyNamespace));
    }

    [Fact]
    public void A_key_has_the_documented_form()
    {
        NewApiKey key = ApiKey.Create("team-a", "k", Now);
        Assert.Matches("^trk_[a-z2-9]{8}_[A-Za-z0-9_-]{43}$", key.Plaintext);
        Assert.Equal($"api-key-{key.Plaintext.Substring(4, 8)}", key.Secret.Metadata.Name);
        Assert.Equal(TriremeApi.ApiKeySecretType, key.Secret.Type);
    }

    [Fact]
    public void The_secret_holds_a_hash_and_never_the_key()
    {
        NewApiKey key = ApiKey.Create("team-a", "k", Now);
        string secretPart = key.Plaintext[13..];
        string[] values = [.. key.Secret.Data!.Values.Select(v => Encoding.UTF8.GetString(Convert.FromBase64String(v)))];
        Assert.DoesNotContain(values, value => value.Contains(secretPart, StringComparison.Ordinal));
        Assert.Contains(Convert.ToHexStringLower(SHA256.HashData(Encoding.ASCII.GetBytes(secretPart))), values);
        Assert.DoesNotContain(secretPart, key.ToString(), StringComparison.Ordinal);
    }

    [Fact]
    public void Two_keys_are_never_alike()
    {
        Assert.Equal(200, Enumerable.Range(0, 200).Select(_ => ApiKey.Create("a", "k", Now).Plaintext[13..]).Distinct().Count());
    }

    [Fact]
    public void Any_changed_character_makes_a_key_unknown()
    {
        NewApiKey key = ApiKey.Create("team-a", "k", Now);
        ApiKeyDirectory directory = ApiKeyDirectory.Build([key.Secret]);
        Gen.Select(Gen.Int[0, key.Plaintext.Length - 1], Gen.Char).Sample((position, character) =>
        {
            char[] changed = key.Plaintext.ToCharArray();
            changed[position] = character;
            return directory.TryIdentify(changed, out _) == (character == key.Plaintext[position]);
        }, iter: 3000, threads: 1);
        Assert.False(directory.TryIdentify("", out _));
        Assert.False(directory.TryIdentify(key.Plaintext + "A", out _));
        Assert.False(directory.TryIdentify(key.Plaintext.AsSpan()[..^1], out _));
    }

    [Fact]
    public void Arbitrary_text_is_no_key()
    {
        ApiKeyDirectory directory = ApiKeyDirectory.Build([ApiKey.Create("team-a", "k", Now).Secret]);
        Gen.String.Sample(
            text => !directory.TryIdentify(text, out _) && !directory.TryIdentify("trk_" + text, out _), iter: 3000, threads: 1);
    }

    [Fact]
    public void A_tenant_who_copies_an_id_locks_nobody_out()
    {
        NewApiKey victim = ApiKey.Create("team-a", "k", Now);
        NewApiKey other = ApiKey.Create("team-b", "k", Now);
        var data = new Dictionary<string, string>(other.Secret.Data!) { ["id"] = victim.Secret.Data!["id"] };
        ApiKeyDirectory directory = ApiKeyDirectory.Build([other.Secret with { Data = data }, victim.Secret]);
        Assert.True(directory.TryIdentify(victim.Plaintext, out ApiKeyIdentity? identity));
        Assert.Equal("team-a", identity.Namespace);
    }

    [Fact]
    public void A_key_being_deleted_is_revoked_at_once()
    {
        NewApiKey key = ApiKey.Create("team-a", "k", Now);
        Secret deleting = key.Secret with { Metadata = key.Secret.Metadata with { DeletionTimestamp = Now } };
        Assert.False(ApiKeyDirectory.Build([deleting]).TryIdentify(key.Plaintext, out _));
    }

    [Theory]
    [InlineData("id", "c2hvcnQ=", "data.id")]
    [InlineData("hash", "not base64!", "data.hash")]
    [InlineData("hash", "emVybw==", "data.hash")]
    [InlineData("priority", "aGlnaA==", "data.priority")]
    [InlineData("priority", "MTAwMQ==", "data.priority")]
    [InlineData("priority", "", "data.priority")]
    public void A_damaged_secret_is_reported_with_its_field(string entry, string value, string field)
    {
        NewApiKey key = ApiKey.Create("team-a", "k", Now);
        var data = new Dictionary<string, string>(key.Secret.Data!) { [entry] = value };
        ApiKeyDirectory directory = ApiKeyDirectory.Build([key.Secret with { Data = data }]);
        RejectedApiKey rejected = Assert.Single(directory.Rejected);
        Assert.Contains(field, rejected.Problem, StringComparison.Ordinal);
        Assert.Equal(0, directory.Count);
    }

    [Fact]
    public void A_key_carries_its_priority_and_an_older_one_without_has_0()
    {
        Assert.Equal(-7, IdentityOf(-7, static secret => secret).Priority);
        Assert.Equal("-7", IdentityOf(-7, static secret => secret).PriorityText);
        Assert.Equal(0, IdentityOf(5, static secret => secret with
        {
            Data = secret.Data!.Where(entry => entry.Key != "priority").ToDictionary(),
        }).Priority);
        Assert.Throws<ArgumentOutOfRangeException>(() => ApiKey.Create("team-a", "k", Now, Terms(ApiKey.PriorityMin - 1)));
        Assert.Throws<ArgumentOutOfRangeException>(() => ApiKey.Create("team-a", "k", Now, Terms(ApiKey.PriorityMax + 1)));

        static ApiKeyIdentity IdentityOf(int priority, Func<Secret, Secret> change)
        {
            NewApiKey key = ApiKey.Create("team-a", "k", Now, Terms(priority));
            Assert.True(ApiKeyDirectory.Build([change(key.Secret)]).TryIdentify(key.Plaintext, out ApiKeyIdentity? identity));
            return identity;
        }
    }

    [Fact]
    public void Salts_are_of_one_key_or_of_one_tenant()
    {
        var one = new ApiKeyIdentity("team-a", "aaaaaaaa", "k");
        var two = new ApiKeyIdentity("team-a", "bbbbbbbb", "k");
        var other = new ApiKeyIdentity("team-b", "aaaaaaaa", "k");
        Assert.Equal(one.CacheSalt, new ApiKeyIdentity("team-a", "aaaaaaaa", "renamed", Terms(5)).CacheSalt);
        Assert.Equal(one.TenantCacheSalt, two.TenantCacheSalt);
        string[] salts = [one.CacheSalt, two.CacheSalt, other.CacheSalt, one.TenantCacheSalt, other.TenantCacheSalt];
        Assert.Equal(salts.Length, salts.Distinct().Count());
    }

    [Fact]
    public void Secrets_of_other_types_are_none_of_its_business()
    {
        Secret other = ApiKey.Create("team-a", "k", Now).Secret with { Type = "Opaque" };
        ApiKeyDirectory directory = ApiKeyDirectory.Build([other]);
        Assert.Equal(0, directory.Count);
        Assert.Empty(directory.Rejected);
    }

    [Fact]
    public void Identifying_allocates_nothing()
    {
        NewApiKey key = ApiKey.Create("team-a", "k", Now);
        ApiKeyDirectory directory = ApiKeyDirectory.Build([key.Secret]);
        string wrong = key.Plaintext[..^1] + (key.Plaintext[^1] == 'A' ? 'B' : 'A');
        bool any = false;
        for (int i = 0; i < 100; i++) any |= directory.TryIdentify(key.Plaintext, out _) & !directory.TryIdentify(wrong, out _);
        long before = GC.GetAllocatedBytesForCurrentThread();
        for (int i = 0; i < 1000; i++) any &= directory.TryIdentify(key.Plaintext, out _) & !directory.TryIdentify(wrong, out _);
        Assert.Equal(0, GC.GetAllocatedBytesForCurrentThread() - before);
        Assert.True(any);
    }

    private static ApiKeyTerms Terms(int priority) => new() { Priority = priority };
}
