using Google.Protobuf;
using Google.Protobuf.WellKnownTypes;
using Mesh.ControlPlane.Ads;
using Mesh.Xds.Protos.Rpc;
using Mesh.Xds.Resources;

namespace Mesh.Tests.ControlPlane;

/// <summary>Whose resource a NACK speaks of is read where the protocol or the client's form of words has it, and nowhere else.</summary>
public class NackNamesTests
{
    private static readonly string[] Names = ["shop", "shop@v2", "shop-api", "cart"];

    [Theory]
    // gRPC's C-core and Node.js
    [InlineData("xDS response validation errors: [resource index 1: shop@v2: no shop here; resource index 3: cart: x]", "shop@v2 cart")]
    [InlineData("xDS response validation errors: [resource index 2: cluster shop is not usable]", "shop-api")]
    // gRPC for Go
    [InlineData("error parsing \"CDS\" response: resource \"shop\": bad;\nresource \"cart\": no shop-api", "shop cart")]
    // gRPC for Java
    [InlineData("CDS response Cluster 'shop-api' validation error: shop\nCDS response Cluster 'cart' validation error: no",
        "shop-api cart")]
    // data planes of the mesh that send no details
    [InlineData("Cluster 'shop': connect_timeout: is 'cart'; Cluster 'cart': lb_policy: shop-api", "shop cart")]
    // Envoy
    [InlineData("Error adding/updating cluster(s) shop: bad, cart: duplicate cluster cart found, unlike shop-api", "shop cart")]
    [InlineData("Error adding/updating listener(s) shop-api: no filter chains\ncart: no shop", "shop-api cart")]
    public void Resources_that_a_clients_words_name_in_their_place_are_refused(string message, string refused) =>
        Assert.Equal(refused.Split(' ').Order(), Of(new Status { Message = message }).Order());

    [Theory]
    [InlineData("")]
    [InlineData("no")]
    // Names that only occur.
    [InlineData("shop cannot be reached, and cart neither")]
    [InlineData("the bytes of resource 'shop' are broken")]
    // Places that do not exist, and names of others.
    [InlineData("xDS response validation errors: [resource index 4: x]")]
    [InlineData("xDS response validation errors: [resource index 99999999999999999999: x]")]
    [InlineData("Cluster 'other': name: x")]
    [InlineData("Listener 'shop': name: x")]
    public void Words_that_name_none_in_its_place_refuse_the_whole_response(string message) =>
        Assert.Equal(Names, Of(new Status { Message = message }));

    [Fact]
    public void Details_that_name_resources_go_before_words()
    {
        var status = new Status { Message = "Cluster 'shop': name: x" };
        status.Details.Add(Any.Pack(new ResourceInfo { ResourceType = XdsTypes.Cluster.Url, ResourceName = "cart" }));
        status.Details.Add(Any.Pack(new ResourceInfo { ResourceType = XdsTypes.Listener.Url, ResourceName = "shop-api" }));
        status.Details.Add(new Any { TypeUrl = Any.Pack(new ResourceInfo()).TypeUrl, Value = ByteString.CopyFrom(0xff, 0xff) });

        Assert.Equal(["cart"], Of(status));
    }

    private static IReadOnlyCollection<string> Of(Status status) => NackNames.Of(XdsTypes.Cluster, Names, status);
}
