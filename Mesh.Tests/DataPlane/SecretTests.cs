using Mesh.DataPlane.Configuration;
using Mesh.Tests.Support;
using Mesh.Xds.Protos;
using Mesh.Xds.Resources;
using Microsoft.Extensions.Time.Testing;

namespace Mesh.Tests.DataPlane;

public class SecretTests
{
    private readonly ConfigState _config = Config("own", "roots");
    private readonly TestSecret _secret = new("own");

    [Fact]
    public void Secrets_that_are_asked_for_are_held_and_go_when_there_are_none()
    {
        Assert.Equal(["own", "roots"], _config.SubscribedNames(XdsTypes.Secret).Order());
        Assert.Empty(Take(_secret.Resource, XdsResource.Of(SecretBuilder.Authorities("roots", _secret.Chain))));

        Assert.Equal((_secret.Chain, _secret.Key), (_config.Secret("own")!.CertificateChain, _config.Secret("own")!.PrivateKey));
        Assert.Equal(_secret.Chain, _config.Secret("roots")!.Authorities);
        Assert.Equal(_secret.Resource.Version, _config.Versions(XdsTypes.Secret)["own"]);

        _config.Apply(new DeltaDiscoveryResponse { TypeUrl = XdsTypes.Secret.Url, RemovedResources = { "own" } });
        Assert.Null(_config.Secret("own"));
    }

    [Fact]
    public void What_is_no_certificate_with_its_key_is_refused_in_words_that_quote_nothing()
    {
        Take(_secret.Resource);
        Secret[] bad =
        [
            new Secret { Name = "own" },
            SecretBuilder.Certificate("own", new TestSecret("own").Chain, _secret.Key),
            SecretBuilder.Certificate("own", _secret.Key, _secret.Key),
            SecretBuilder.Certificate("own", _secret.Chain, ""),
            SecretBuilder.Authorities("own", _secret.Key),
            new Secret { Name = "own", ValidationContext = new() { TrustedCa = new() { Filename = "/etc/roots" } } },
        ];
        foreach (var secret in bad)
        {
            var faults = Take(XdsResource.Of(secret));
            Assert.NotEmpty(faults);
            Assert.All(faults, fault => Assert.DoesNotContain(_secret.Traitor, fault, StringComparison.Ordinal));
        }

        Assert.Equal(_secret.Chain, _config.Secret("own")!.CertificateChain);
    }

    [Fact]
    public void Secrets_are_not_exported_and_not_restored_and_print_their_names_only()
    {
        Take(_secret.Resource);
        Assert.DoesNotContain(_config.Export(), response => response.TypeUrl == XdsTypes.Secret.Url);
        Assert.Equal("own", _config.Secret("own")!.ToString());

        var restored = Config();
        restored.Restore([new DeltaDiscoveryResponse { TypeUrl = XdsTypes.Secret.Url, Resources = { _secret.Resource.Delta } }]);
        Assert.Null(restored.Secret("own"));
    }

    [Fact]
    public void A_redacted_secret_has_what_is_public()
    {
        var shown = Assert.IsType<Secret>(XdsTypes.Secret.ReadForPeople(_secret.Resource.Packed.Value));
        Assert.Equal(SecretBuilder.Certificate("own", _secret.Chain, SecretBuilder.Redacted), shown);
    }

    private static ConfigState Config(params string[] secrets) =>
        new(wildcard: true, TimeSpan.FromSeconds(5), new FakeTimeProvider()) { Secrets = secrets };

    private IReadOnlyList<string> Take(params XdsResource[] resources) =>
        _config.Apply(new DeltaDiscoveryResponse { TypeUrl = XdsTypes.Secret.Url, Resources = { resources.Select(r => r.Delta) } });
}
