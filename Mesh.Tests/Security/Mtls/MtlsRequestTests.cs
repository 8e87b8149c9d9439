using Mesh.Contracts.Security;
using Mesh.Kernel.Commands;
using Mesh.Kernel.Values;
using Mesh.Security;
using Mesh.Security.Mtls;
using Mesh.Security.State;
using Mesh.Tests.Security.Support;

namespace Mesh.Tests.Security.Mtls;

public sealed class MtlsRequestTests() : StoreContract(null)
{
    private static readonly MtlsScope Shop = new("default", "shop");

    [Fact]
    public async Task A_mode_gets_the_trust_domain_of_the_authority_and_plaintext_needs_none()
    {
        Assert.Equal(MtlsSetting.Of(MtlsMode.Strict, "cdaprod.mesh"), await Setting(new(Mesh.Authority), MtlsMode.Strict));
        Assert.Equal(MtlsSetting.Disabled, await Setting(new(Mesh.Authority), MtlsMode.Disable));
    }

    [Fact]
    public async Task While_the_authority_cannot_be_used_a_mode_that_names_peers_is_refused_and_plaintext_is_not()
    {
        await Mesh.Authority.GetAsync(Token);
        await using var other = await Open(new SecurityOptions { TrustDomain = "other.mesh" });
        var (request, refusal) = await new MtlsRequests(other.Authority).SetAsync(Shop, MtlsMode.Strict, new Faults(), Token);
        Assert.Null(request);
        Assert.Equal((RefusalKind.Unavailable, "other-trust-domain"), (refusal!.Kind, refusal.Problems.Single().Code));
        Assert.Equal(MtlsSetting.Disabled, await Setting(new(other.Authority), MtlsMode.Disable));
    }

    private static async Task<MtlsSetting> Setting(MtlsRequests requests, MtlsMode mode)
    {
        var (request, _) = await requests.SetAsync(Shop, mode, new Faults(), Token);
        return ((SetMtlsMode)request!.Command(null)).Setting;
    }
}
